"""The training player as a page: what it asks for, what it refuses; how it looks is tested in a browser."""

import base64
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import microae as ma
from microae.drawing import player as playing
from microae.drawing.pixels import INK, SIGNED

X = np.eye(3)
SVG = "{http://www.w3.org/2000/svg}"


def train(net=None, epochs=10, **options):
    net = ma.Autoencoder([3, 2, 3], seed=0) if net is None else net
    return ma.fit(
        net, X, ma.SGD(net.parameters(), lr=0.5), epochs=epochs, batch_size=1, seed=0, progress=False, **options
    )


def test_the_same_training_gives_the_same_bytes():
    assert train().player().html() == train().player().html()


def test_it_is_one_file_that_shows_itself_in_a_notebook(tmp_path):
    page = train().player()
    page.save(tmp_path / "player.html")
    assert (tmp_path / "player.html").read_text(encoding="utf-8") == page.html()
    assert page.html().startswith("<!DOCTYPE html>")
    bundle = page._repr_mimebundle_()
    assert bundle["text/plain"] == "<Page 'Training: 10 epochs'>"
    assert bundle["text/html"] == page.fragment()
    addresses = re.findall(r"""(?:src|href)=["']([^"']{0,40})""", page.html())
    assert addresses
    assert all(address.startswith("data:image/") for address in addresses)


def test_names_with_markup_stay_words():
    nasty = "</script><b>&\u2028"
    html = train().player(train(), names=[nasty, "b"]).html()
    assert "</script><b>" not in html
    assert html.count("<script") == html.count("</script>") == 2


def test_another_suffix_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"player.svg: a page is written as .html"):
        train().player().save(tmp_path / "player.svg")
    assert list(tmp_path.iterdir()) == []


def test_a_training_that_was_not_recorded_says_how_to_record():
    with pytest.raises(ValueError, match=r"train with ma.fit\(..., record=True\)"):
        train(record=False).player()
    with pytest.raises(ValueError, match="was not recorded"):
        train().player(train(record=False))


def test_as_many_names_as_trainings():
    with pytest.raises(ValueError, match=r"1 training and 2 names"):
        train().player(names=["a", "b"])


def test_targets_and_other_models_are_shown():
    net = ma.nn.Sequential(ma.nn.Linear(3, 40, seed=0), ma.nn.Tanh(), ma.nn.Linear(40, 2, seed=1))
    history = ma.fit(
        net, X, ma.SGD(net.parameters(), lr=0.1), target=X[:, :2], loss=ma.mean_squared_error, epochs=3,
        batch_size=1, seed=0, progress=False, record=True,
    )  # fmt: skip
    svgs = [base64.b64decode(s).decode() for s in re.findall(r"svg\+xml;base64,([^\"]+)", history.player().html())]
    assert len(svgs) == 3
    assert ">target<" in svgs[2]
    assert ">output<" in svgs[2]
    assert "0.weight 3 × 40" in svgs[1]


def test_a_training_that_explodes_can_be_played_up_to_there():
    net = ma.nn.Sequential(ma.nn.Linear(3, 2, seed=0), ma.nn.Linear(2, 3, seed=1))
    history = ma.History()
    with pytest.raises(FloatingPointError), np.errstate(all="ignore"):
        ma.fit(
            net, X, ma.SGD(net.parameters(), lr=30.0), loss=ma.mean_squared_error, epochs=99, batch_size=1, seed=0,
            progress=False, history=history,
        )  # fmt: skip
    assert history.epochs > 0
    assert "epoch" in history.player().html()


# --- the numbers that the page is given


def numbers(text, kind="<f4"):
    return np.frombuffer(base64.b64decode(text), kind)


def pictures(page):
    return {picture.name: picture for picture in page.pictures}


def flat(state):
    return np.concatenate([np.ravel(array) for array in state.values()])


def test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss():
    net = ma.Autoencoder([3, 2, 3], noise=0.3, dropout=0.2, seed=0)
    history = train(net)
    page = history.player()
    (run,) = page.data["runs"]
    assert run["epochs"] == list(range(11))
    assert run["losses"] == ["—", *(f"{loss:.6g}" for loss in history.loss)]
    size = sum(p.size for p in net.parameters())
    assert run["weights"]["kind"] == "numbers"
    assert run["weights"]["size"] == size
    weights = numbers(run["weights"]["frames"]).reshape(11, size)
    outputs = numbers(run["samples"]["frames"]).reshape(11, 3, 3)
    errors = numbers(run["samples"]["errors"]).reshape(11, 3)
    assert run["samples"]["size"] == 9
    assert (run["samples"]["low"], run["samples"]["high"]) == (0.0, 1.0)
    other = ma.Autoencoder([3, 2, 3], seed=1)
    for epoch in range(11):
        history.rewind(other, epoch)
        np.testing.assert_allclose(weights[epoch], flat(other.state_dict()), rtol=1e-6)
        output = other.reconstruct(X)
        np.testing.assert_allclose(outputs[epoch], output, rtol=1e-5)
        np.testing.assert_allclose(errors[epoch], np.square(output - X).mean(axis=1), rtol=1e-5)
    assert np.abs(weights[0] - weights[10]).max() > 0.01


def test_the_picture_without_a_script_is_that_of_the_last_epoch():
    history = train()
    page = history.player()
    assert [picture.name for picture in page.pictures] == ["loss", "weights0", "samples0"]
    assert [picture.words for picture in page.pictures] == [
        "the training loss over 10 epochs",
        "training: the weights after epoch 10",
        "training: input and output after epoch 10",
    ]
    last = flat(history.trajectory.at(10))
    drawn = ET.fromstring(pictures(page)["weights0"].svg)
    for group in drawn.iter(f"{SVG}g"):
        words = group.findall(f"{SVG}text")
        if group.get("data-number") is not None and words:
            assert float(words[-1].text.replace("−", "-")) == pytest.approx(
                last[int(group.get("data-number"))], abs=6e-4
            )
    (run,) = page.data["runs"]
    output = numbers(run["samples"]["frames"]).reshape(11, 9)[-1]
    errors = numbers(run["samples"]["errors"]).reshape(11, 3)[-1]
    samples = ET.fromstring(pictures(page)["samples0"].svg)
    for group in samples.iter(f"{SVG}g"):
        if group.get("data-number") is not None:
            shown = group.find(f"{SVG}text").text
            assert float(shown) == pytest.approx(output[int(group.get("data-number"))], abs=6e-4)
    told = {t.get("data-error"): t.text for t in samples.iter(f"{SVG}text") if t.get("data-error") is not None}
    assert {k: float(v) for k, v in told.items()} == {str(k): pytest.approx(e, abs=6e-5) for k, e in enumerate(errors)}


def test_the_marker_of_each_run_has_its_places():
    fast, slow = train(), train(ma.Autoencoder([3, 2, 3], seed=1), epochs=4)
    page = fast.player(slow, names=["fast", "slow"])
    lines = ET.fromstring(pictures(page)["loss"].svg).iter(f"{SVG}polyline")
    for run, line, h in zip(page.data["runs"], lines, (fast, slow), strict=True):
        places = [tuple(map(float, p.split(","))) for p in line.get("points").split()]
        assert [tuple(p) for p in run["places"]][1:] == places
        assert run["places"][0][1] == places[0][1]
        assert run["places"][0][0] < places[0][0]
        assert len(run["places"]) == h.epochs + 1
    assert [run["name"] for run in page.data["runs"]] == ["fast", "slow"]
    assert page.title == "Training: fast and slow"
    assert fast.player(slow).title == "Training: first run and second run"
    assert fast.player().title == "Training: 10 epochs"
    assert list(pictures(page)) == ["loss", "weights0", "samples0", "weights1", "samples1"]


def test_both_runs_have_one_scale():
    small, large = train(), train()
    for states in large.trajectory.states:
        states[0] = states[0] * 50.0
    everything = np.concatenate([flat(h.trajectory.at(e)) for h in (small, large) for e in range(11)])
    scale = small.player(large).data["scale"]
    assert scale["largest"] == pytest.approx(np.abs(everything).max(), rel=1e-5)
    assert (scale["thinnest"], scale["thicker"]) == (0.8, 4.2)
    assert scale["decimals"] == max(0, 3 - int(np.floor(np.log10(scale["largest"]))))


def test_palettes_are_those_of_the_pictures():
    palettes = train().player().data["palettes"]
    assert np.array_equal(numbers(palettes["ink"], np.uint8), INK.ravel())
    assert np.array_equal(numbers(palettes["signed"], np.uint8), SIGNED.ravel())
    json.dumps(train().player().data)


def test_a_large_network_is_given_as_levels():
    images = ma.data.digits()[0][:5]
    net = ma.Autoencoder([64, 8, 64], seed=0)
    history = ma.fit(
        net, images, ma.SGD(net.parameters(), lr=0.5), epochs=2, batch_size=5, seed=0, progress=False, record=True
    )
    (run,) = history.player().data["runs"]
    assert run["weights"]["kind"] == run["samples"]["kind"] == "pixels"
    assert (run["weights"]["palette"], run["samples"]["palette"]) == ("signed", "ink")
    assert run["weights"]["shapes"] == [(64, 8), (1, 8), (8, 64), (1, 64)]
    assert run["samples"]["shapes"] == [(8, 8)] * 5
    largest = max(np.abs(flat(history.trajectory.at(e))).max() for e in range(3))
    levels = numbers(run["weights"]["frames"], np.uint8).reshape(3, -1)
    for epoch in range(3):
        share = flat(history.trajectory.at(epoch)) / largest
        assert np.abs(levels[epoch] - 127.5 * (1 + share)).max() <= 0.5 + 1e-9
    outputs = numbers(run["samples"]["frames"], np.uint8).reshape(3, 5, 64)
    assert np.abs(outputs[-1] - 255 * net.reconstruct(images)).max() <= 0.5 + 1e-9


@pytest.mark.parametrize(("features", "kind"), [(8, "numbers"), (9, "pixels")])
def test_up_to_eight_features_are_numbers(features, kind):
    net = ma.Autoencoder([features, 2, features], seed=0)
    x = np.eye(features)
    history = ma.fit(net, x, ma.SGD(net.parameters(), lr=0.5), epochs=1, batch_size=3, seed=0, progress=False)
    (run,) = history.player().data["runs"]
    assert run["samples"]["kind"] == kind


def test_outside_of_0_and_1_the_grey_is_that_of_the_data():
    net = ma.Autoencoder([3, 2, 3], output="linear", loss="mse", seed=0)
    x = np.array([[-2.0, 0.0, 1.0], [0.5, 4.0, 0.0]])
    history = ma.fit(net, x, ma.SGD(net.parameters(), lr=0.01), epochs=1, batch_size=1, seed=0, progress=False)
    (run,) = history.player().data["runs"]
    assert (run["samples"]["low"], run["samples"]["high"]) == (-2.0, 4.0)


def test_of_a_long_training_evenly_many_epochs_with_the_first_and_the_last(monkeypatch):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    history = train(net, epochs=40)
    each = 4 * (sum(p.size for p in net.parameters()) + X.size)
    for budget, number in ((41 * each, 41), (41 * each - 1, 40), (5 * each, 5), (0, 2)):
        monkeypatch.setattr(playing, "BUDGET", budget)
        (run,) = history.player().data["runs"]
        assert len(run["epochs"]) == number
        assert (run["epochs"][0], run["epochs"][-1]) == (0, 40)
        assert max(np.diff(run["epochs"])) - min(np.diff(run["epochs"])) <= 1
        assert len(run["losses"]) == len(run["places"]) == number
        assert numbers(run["weights"]["frames"]).size == number * run["weights"]["size"]
