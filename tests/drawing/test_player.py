"""The training player as a page: what it asks for, what it refuses; how it looks is tested in a browser."""

import base64
import re

import numpy as np
import pytest

import microae as ma

X = np.eye(3)


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
