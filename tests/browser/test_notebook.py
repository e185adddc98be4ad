"""Pages and live figures in notebooks: made by a real kernel, shown by a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.notebooks import exported, run

TRAIN = """
import numpy as np, microae as ma
net = ma.Autoencoder([3, 4, 3], seed=0)
def train(callback, epochs=23):
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    return ma.fit(net, np.eye(3), optimizer, epochs=epochs, batch_size=1, seed=0, progress=False, callbacks=callback)
"""


def epochs_of(messages, kind):
    texts = [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == kind]
    return [int(re.match(r"<Watch: epoch (\d+)", text)[1]) for text in texts if text.startswith("<Watch")]


@pytest.fixture(scope="module")
def watched():
    return run(TRAIN, "history = train([ma.watch(net, every=5)])", "history.loss[-1]")


def test_a_watched_training_updates_one_output_while_it_runs(watched):
    notebook, messages = watched
    assert epochs_of(messages, "display_data") == [0]
    assert epochs_of(messages, "update_display_data") == [5, 10, 15, 20, 23]
    states = [m["content"]["execution_state"] for m in messages if m["msg_type"] == "status"]
    last_busy = max(i for i, m in enumerate(messages) if m["msg_type"] == "update_display_data")
    assert states.count("idle") == 3
    ends = [
        i for i, m in enumerate(messages) if m["msg_type"] == "status" and m["content"]["execution_state"] == "idle"
    ]
    assert ends[0] < last_busy < ends[1]  # the updates came before their cell had ended
    (output,) = notebook.cells[1].outputs
    loss = float(notebook.cells[2].outputs[0]["data"]["text/plain"])
    assert output["data"]["text/plain"] == f"<Watch: epoch 23, loss {loss:.6g}>"
    assert f"epoch 23, loss {loss:.6g}" in output["data"]["text/html"]
    assert "<script" not in output["data"]["text/html"]


def test_the_figure_shows_the_weights_as_they_are(watched, opened):
    notebook, _ = watched
    page = opened(exported(notebook))
    for name in (r"the weights, epoch 23", r"the loss, epoch 23"):
        image = page.get_by_role("img", name=re.compile(name))
        expect(image).to_be_visible()
        assert image.evaluate("i => i.naturalWidth") > 100


PLAY = TRAIN + "history = train([])"


@pytest.fixture(scope="module")
def played():
    """A notebook in which the same player is shown twice."""
    return run(PLAY, "history.player()", "history.player()")[0]


def test_an_exported_notebook_has_live_players_that_do_not_collide(played, opened):
    page = opened(exported(played))
    sliders = page.get_by_role("slider", name="epoch")
    expect(sliders).to_have_count(2)
    sliders.nth(1).focus()
    page.keyboard.press("Home")
    assert [sliders.nth(k).input_value() for k in (0, 1)] == ["23", "0"]
    for k, epoch in enumerate((23, 0)):
        expect(page.locator(".microae-page").nth(k).locator(".epoch")).to_have_text(f"epoch {epoch}")


def test_an_exported_notebook_shows_pictures_where_scripts_do_not_run(played, opened):
    page = opened(exported(played), java_script_enabled=False)
    for name in ("the training loss over 23 epochs", "training: the weights after epoch 23"):
        images = page.get_by_role("img", name=name)
        expect(images).to_have_count(2)
        expect(images.first).to_be_visible()
        assert images.first.bounding_box()["height"] > 100
    expect(page.get_by_role("slider")).to_have_count(0)


STEP = """
import microae as ma
net = ma.Autoencoder([3, 4, 3], seed=0)
step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
"""


@pytest.fixture(scope="module")
def stepped():
    """A notebook that shows a step twice and a player."""
    return run(STEP, "step", "ma.draw(step)", PLAY, "history.player()")[0]


def test_a_step_shows_itself_as_a_page_and_as_a_picture(stepped):
    for cell in stepped.cells[1:3]:
        (output,) = cell.outputs
        assert set(output["data"]) == {"text/html", "text/plain"}
        assert 'data-kind="step"' in output["data"]["text/html"]
    assert stepped.cells[1].outputs[0]["data"]["text/plain"] == "<Step of 24 nodes: 5 forward, 11 backward, 8 update>"


def test_pages_of_every_kind_live_in_one_exported_notebook(stepped, opened):
    page = opened(exported(stepped))
    nodes, epochs = page.get_by_role("slider", name="node"), page.get_by_role("slider", name="epoch")
    expect(nodes).to_have_count(2)
    expect(epochs).to_have_count(1)
    nodes.nth(1).focus()
    page.keyboard.press("ArrowRight")
    epochs.focus()
    page.keyboard.press("Home")
    assert [nodes.nth(k).input_value() for k in (0, 1)] == ["0", "1"]
    assert epochs.input_value() == "0"
    page.get_by_role("button", name="module encoder", exact=True).nth(0).click()
    assert [page.locator(".microae-page").nth(k).locator(".stub").count() for k in (0, 1)] == [3, 0]


def test_an_exported_step_is_a_picture_where_scripts_do_not_run(stepped, opened):
    page = opened(exported(stepped), java_script_enabled=False)
    images = page.get_by_role("img", name=re.compile("One training step.*as a graph of"))
    expect(images).to_have_count(2)
    box = images.first.bounding_box()
    assert 300 < box["width"] < 1280


def test_a_loop_of_ones_own_is_watched_too():
    loop = """
figure = ma.watch(net, every=2)
for loss in (0.5, ma.Value(0.25), np.float64(0.125)):
    figure(loss)
figure.close()
"""
    _, messages = run(TRAIN, loop)
    assert epochs_of(messages, "update_display_data") == [2, 3]


def test_a_training_that_fails_shows_how_far_it_came():
    fails = """
def stop(history):
    if history.epochs == 3:
        raise KeyboardInterrupt
try:
    train([ma.watch(net, every=50), stop])
except KeyboardInterrupt:
    pass
"""
    _, messages = run(TRAIN, fails)
    assert epochs_of(messages, "update_display_data") == [3]
