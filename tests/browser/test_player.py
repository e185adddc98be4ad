"""The training player in a real browser: what it shows at an epoch is what the training had there."""

import base64
import contextlib
import re

import numpy as np
import pytest
from playwright.sync_api import expect

import microae as ma
from tests.browser.pages import document, stop_clock

X = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], float)
PAUSE = 60  # milliseconds at an epoch while playing


@pytest.fixture(scope="module")
def net():
    return ma.Autoencoder([3, 4, 3], seed=0)


@pytest.fixture(scope="module")
def history(net):
    return ma.fit(net, X, ma.SGD(net.parameters(), lr=0.1), epochs=60, batch_size=1, seed=0, progress=False)


@pytest.fixture(scope="module")
def slower(net, history):
    """Another training from the same start, of fewer epochs."""
    history.rewind(net)
    return ma.fit(net, X, ma.SGD(net.parameters(), lr=0.02), epochs=40, batch_size=1, seed=0, progress=False)


def slider(page):
    return page.get_by_role("slider", name="epoch")


def move(page, place):
    slider(page).evaluate("(s, place) => { s.value = place; s.dispatchEvent(new Event('input')); }", place)


def numbers(page, selector):
    """The numbers that texts of the page show, with the minus of the pictures."""
    return [float(text.replace("−", "-")) for text in page.locator(selector).all_text_contents()]


def shown_weights(page, run=0):
    """By place among the parameters: the number written, how the line looks."""
    return page.locator(f".weights.run{run} svg").evaluate(
        """svg => {
          const found = {};
          for (const group of svg.querySelectorAll('[data-number]')) {
            const here = (found[group.dataset.number] ??= {});
            const path = group.querySelector('path');
            const texts = group.querySelectorAll('text');
            if (path) {
              const style = getComputedStyle(path);
              Object.assign(here, { width: parseFloat(style.strokeWidth), dashes: style.strokeDasharray,
                                    colour: style.stroke });
            }
            else here.text = texts[texts.length - 1].textContent;
          }
          return found;
        }"""
    )


def expected_weights(history, epoch):
    return np.concatenate([np.ravel(array) for array in history.trajectory.at(epoch).values()])


@pytest.mark.parametrize("epoch", [0, 1, 17, 60])
def test_an_epoch_shows_its_weights_by_number_thickness_colour_and_dashes(opened, history, epoch):
    page = opened(history.player().html())
    move(page, epoch)
    expected = expected_weights(history, epoch)
    largest = max(np.abs(expected_weights(history, e)).max() for e in range(61))
    shown = shown_weights(page)
    assert len(shown) == expected.size == 31
    lines = [look for look in shown.values() if "width" in look]
    assert len(lines) == 24
    for place, look in shown.items():
        number = expected[int(place)]
        assert float(look["text"].replace("−", "-")) == pytest.approx(number, abs=0.00051)
        if "width" in look:
            assert look["width"] == pytest.approx(0.8 + 4.2 * abs(number) / largest, abs=0.01)
            assert (look["dashes"] == "none") == (number > 0)
    assert len({look["colour"] for place, look in shown.items() if "width" in look and expected[int(place)] > 0}) == 1
    assert len({look["colour"] for look in lines}) == 2


@pytest.mark.parametrize("epoch", [0, 17, 60])
def test_an_epoch_shows_its_reconstructions_errors_and_loss(opened, net, history, epoch):
    page = opened(history.player().html())
    move(page, epoch)
    history.rewind(net, epoch)
    output = net.reconstruct(X)
    assert numbers(page, ".samples [data-number] text") == pytest.approx(output.ravel(), abs=0.00051)
    errors = page.locator(".samples [data-error]").all_text_contents()
    for text, error in zip(errors, np.square(output - X).mean(axis=1), strict=True):
        assert float(text.replace("<0.0001", "0")) == pytest.approx(error, abs=0.000051)
    loss = "—" if epoch == 0 else f"{history.loss[epoch - 1]:.6g}"
    expect(page.locator(".caption")).to_have_text(f"epoch {epoch}, loss {loss}")
    expect(page.locator(".epoch")).to_have_text(f"epoch {epoch}")


def test_the_marker_stands_on_the_loss_curve(opened, history):
    page = opened(history.player().html())
    for epoch in (1, 30, 60):
        move(page, epoch)
        distance = page.locator(".loss svg").evaluate(
            """svg => {
              const points = svg.querySelector('polyline').points;
              const at = svg.querySelector('.marker').transform.baseVal.consolidate().matrix;
              return Math.min(...[...points].map((p) => Math.hypot(p.x - at.e, p.y - at.f)));
            }"""
        )
        assert distance < 0.2
        expect(page.locator(".marker")).to_be_visible()
    move(page, 0)  # there is no loss yet
    expect(page.locator(".marker")).to_be_hidden()


def test_the_keys_move_the_slider(opened, history):
    page = opened(history.player().html())
    expect(slider(page)).to_have_value("60")
    for key, place in [
        ("Home", 0),
        ("ArrowRight", 1),
        ("ArrowUp", 2),
        ("ArrowLeft", 1),
        ("ArrowDown", 0),
        ("ArrowLeft", 0),
        ("PageUp", 7),
        ("PageDown", 0),
        ("End", 60),
        ("ArrowRight", 60),
    ]:
        page.keyboard.press(key)
        expect(slider(page)).to_have_value(str(place))
        expect(page.locator(".epoch")).to_have_text(f"epoch {place}")


def test_dragging_the_slider_moves_it(opened, history):
    page = opened(history.player().html())
    box = slider(page).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".epoch")).to_have_text(re.compile("epoch (29|30|31)$"))


def test_buttons_rewind_and_go_one_by_one(opened, history):
    page = opened(history.player().html())
    page.get_by_role("button", name="rewind to the initialisation").click()
    expect(page.locator(".epoch")).to_have_text("epoch 0")
    page.get_by_role("button", name="one epoch on").click()
    page.get_by_role("button", name="one epoch on").click()
    page.get_by_role("button", name="one epoch back").click()
    expect(page.locator(".epoch")).to_have_text("epoch 1")


def test_it_plays_pauses_and_stops_at_the_end(opened, history):
    page = opened(history.player().html())
    stop_clock(page)
    page.get_by_role("button", name="play", exact=True).click()  # at the end it begins anew
    expect(page.locator(".epoch")).to_have_text("epoch 0")
    page.clock.run_for(10 * PAUSE)
    expect(page.locator(".epoch")).to_have_text("epoch 10")
    page.get_by_role("button", name="pause").click()
    page.clock.run_for(10 * PAUSE)
    expect(page.locator(".epoch")).to_have_text("epoch 10")
    page.keyboard.press("Home")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press(" ")
    page.clock.run_for(3 * PAUSE)
    expect(page.locator(".epoch")).to_have_text("epoch 3")
    page.clock.run_for(100 * PAUSE)
    expect(page.locator(".epoch")).to_have_text("epoch 60")
    expect(page.get_by_role("button", name="play", exact=True)).to_be_visible()


def test_moving_by_hand_ends_playing(opened, history):
    page = opened(history.player().html())
    stop_clock(page)
    page.get_by_role("button", name="play", exact=True).click()
    page.clock.run_for(5 * PAUSE)
    page.keyboard.press("ArrowRight")
    page.clock.run_for(5 * PAUSE)
    expect(page.locator(".epoch")).to_have_text("epoch 6")


def test_less_motion_plays_in_a_few_slow_strides(opened, history):
    page = opened(history.player().html(), reduced_motion="reduce")
    stop_clock(page)
    page.get_by_role("button", name="play", exact=True).click()
    page.clock.run_for(900)
    expect(page.locator(".epoch")).to_have_text("epoch 0")
    page.clock.run_for(200)
    expect(page.locator(".epoch")).to_have_text("epoch 7")
    page.clock.run_for(9000)
    expect(page.locator(".epoch")).to_have_text("epoch 60")


def test_two_trainings_stand_side_by_side_and_the_shorter_one_waits_at_its_end(opened, net, history, slower):
    page = opened(history.player(slower, names=["fast", "slow"]).html())
    expect(page.locator("h2")).to_have_count(2)
    for epoch in (0, 25, 60):
        move(page, epoch)
        for run, (h, last) in enumerate([(history, 60), (slower, 40)]):
            here = min(epoch, last)
            shown = shown_weights(page, run)
            expected = expected_weights(h, here)
            for place, look in shown.items():
                assert float(look["text"].replace("−", "-")) == pytest.approx(expected[int(place)], abs=0.00051)
            loss = "—" if here == 0 else f"{h.loss[here - 1]:.6g}"
            expect(page.locator(f".weights.run{run} .caption")).to_have_text(f"epoch {here}, loss {loss}")
    move(page, 0)
    assert shown_weights(page, 0) == shown_weights(page, 1)
    curves = page.locator(".loss polyline")
    looks = curves.evaluate_all("all => all.map(c => [getComputedStyle(c).stroke, c.getAttribute('stroke-dasharray')])")
    assert looks[0][0] != looks[1][0]
    assert looks[0][1] != looks[1][1]


def test_the_same_player_twice_in_one_document_is_two_players(opened, history):
    page = opened(document(history.player().fragment(), history.player().fragment()))
    sliders = slider(page)
    expect(sliders).to_have_count(2)
    sliders.nth(0).focus()
    page.keyboard.press("Home")
    assert [sliders.nth(k).input_value() for k in (0, 1)] == ["0", "60"]
    sliders.nth(1).focus()
    page.keyboard.press("ArrowLeft")
    assert [sliders.nth(k).input_value() for k in (0, 1)] == ["0", "59"]
    ids = page.evaluate(
        """() => [...document.querySelectorAll('.microae-page')].flatMap(
             (host) => [...host.shadowRoot.querySelectorAll('[id]')].map((e) => e.id))"""
    )
    assert len(ids) == len(set(ids))


def test_the_style_of_the_document_and_that_of_the_player_do_not_touch(opened, history):
    hostile = "<style>* { color: rgb(255, 0, 0) !important; cursor: wait }</style>"
    page = opened(document("<h1 id='own'>title</h1>", history.player().fragment(), head=hostile))
    assert page.locator("#own").evaluate("e => getComputedStyle(e).fontSize") == "32px"
    colour = page.get_by_role("heading", name="Training: 60 epochs").evaluate("e => getComputedStyle(e).color")
    assert colour == "rgb(22, 25, 29)"


def test_keys_outside_of_a_player_in_a_notebook_are_left_alone(opened, history):
    page = opened(document("<button>other</button>", history.player().fragment()))
    page.get_by_role("button", name="other").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(slider(page)).to_have_value("60")


def test_dark_and_light_follow_the_reader_and_can_be_chosen(opened, history):
    page = opened(history.player().html(), color_scheme="dark")
    theme = page.locator(".page")
    expect(theme).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="switch to light colours").click()
    expect(theme).to_have_attribute("data-theme", "light")
    expect(page.get_by_role("button", name="switch to dark colours")).to_be_visible()
    page.emulate_media(color_scheme="light")
    page.emulate_media(color_scheme="dark")
    expect(theme).to_have_attribute("data-theme", "light")  # what was chosen stays
    expect(opened(history.player().html()).locator(".page")).to_have_attribute("data-theme", "light")


def test_keys_that_a_player_uses_go_no_further(opened, history):
    heard = "<script>window.heard = []; addEventListener('keydown', (event) => heard.push(event.key))</script>"
    page = opened(document(history.player().fragment(), head=heard))
    slider(page).focus()
    for key in ("ArrowLeft", "Home", "q"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["q"]


@pytest.mark.parametrize(
    ("element", "attribute", "dark", "light"),
    [
        ("body", "data-jp-theme-light", "false", "true"),
        ("body", "data-vscode-theme-kind", "vscode-dark", "vscode-light"),
        ("body", "data-vscode-theme-kind", "vscode-high-contrast", "vscode-high-contrast-light"),
        ("html", "theme", "dark", "light"),
    ],
)
def test_in_a_notebook_the_colours_are_those_of_the_notebook(opened, history, element, attribute, dark, light):
    html = document(history.player().fragment()).replace(f"<{element}", f'<{element} {attribute}="{dark}"')
    page = opened(html, color_scheme="light")
    expect(page.locator(".page")).to_have_attribute("data-theme", "dark")
    page.locator(element).evaluate("(e, [name, value]) => e.setAttribute(name, value)", [attribute, light])
    expect(page.locator(".page")).to_have_attribute("data-theme", "light")


def test_a_screen_reader_hears_what_there_is_and_what_changes(opened, history):
    page = opened(history.player().html())
    expect(page.get_by_role("region", name="Training: 60 epochs")).to_be_visible()
    expect(page.get_by_role("group", name="epoch")).to_be_visible()
    for words in ("training: the weights after epoch 60", "training: input and output after epoch 60"):
        expect(page.get_by_role("img", name=words)).to_be_visible()
    move(page, 12)
    expect(slider(page)).to_have_attribute("aria-valuetext", f"epoch 12, loss {history.loss[11]:.6g}")
    expect(page.get_by_role("status")).to_have_text(f"epoch 12, loss {history.loss[11]:.6g}")
    expect(page.get_by_role("img", name="training: the weights after epoch 12")).to_be_visible()
    unnamed = page.get_by_role("button").evaluate_all("all => all.filter(b => !(b.ariaLabel || b.textContent.trim()))")
    assert unnamed == []


def test_the_keyboard_reaches_everything_and_what_has_it_is_seen(opened, history):
    page = opened(history.player().html())
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                """() => { const e = document.activeElement.shadowRoot.activeElement;
                           return [e.ariaLabel ?? e.textContent, getComputedStyle(e).outlineStyle]; }"""
            )
        )
    names = [name for name, _ in reached]
    assert names[1:5] == ["one epoch back", "play", "one epoch on", "epoch"]
    assert {outline for _, outline in reached} == {"solid"}


@pytest.mark.parametrize("rate", [1e-12, 40.0])
def test_very_large_and_very_small_numbers_are_written_as_in_the_first_picture(opened, rate):
    net = ma.nn.Sequential(ma.nn.Linear(2, 2, seed=0))
    net.load_state_dict({name: value * rate for name, value in net.state_dict().items()})
    history = ma.History()
    with contextlib.suppress(FloatingPointError), np.errstate(all="ignore"):
        ma.fit(
            net, np.eye(2), ma.SGD(net.parameters(), lr=rate), loss=ma.mean_squared_error, epochs=200,
            batch_size=2, seed=0, progress=False, history=history,
        )  # fmt: skip
    html = history.player().html()
    drawn = [base64.b64decode(s).decode() for s in re.findall(r"svg\+xml;base64,([^\"]+)", html)][1]
    page = opened(html)
    for text in page.locator(".weights text").all_text_contents():
        assert f">{text}<" in drawn or "∞" in text  # numbers are moved as float32
    shown = shown_weights(page)
    expected = expected_weights(history, history.trajectory.epochs[-1])
    for place, look in shown.items():
        number = expected[int(place)]
        if abs(number) < 3e38:
            assert float(look["text"].replace("−", "-")) == pytest.approx(number, rel=1e-3)
        assert len(look["text"]) <= 10


@pytest.fixture(scope="module")
def large():
    images, _ = ma.data.digits()
    net = ma.Autoencoder([64, 32, 64], seed=0)
    optimizer = ma.Adam(net.parameters(), lr=0.01)
    return ma.fit(net, images[:200], optimizer, epochs=8, batch_size=50, seed=0, progress=False, record=True)


def pixels(page, selector):
    """The pixels of small images in the page, red, green and blue."""
    return page.locator(selector).evaluate_all(
        """async (images) => {
          const found = [];
          for (const image of images) {
            const bitmap = new Image();
            bitmap.src = image.getAttribute('href');
            await bitmap.decode();
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
            const context = canvas.getContext('2d');
            context.drawImage(bitmap, 0, 0);
            const data = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
            found.push([...data].filter((_, i) => i % 4 < 3));
          }
          return found;
        }"""
    )


@pytest.mark.parametrize("place", [0, 3, 8])
def test_a_large_network_is_shown_as_heat_maps_and_images(opened, large, place):
    page = opened(large.player().html())
    move(page, place)
    net = ma.Autoencoder([64, 32, 64], seed=1)
    large.rewind(net, place)
    largest = max(np.abs(np.concatenate([a.ravel() for a in state])).max() for state in large.trajectory.states)
    shown = [np.array(p, float).reshape(-1, 3) for p in pixels(page, ".weights [data-pixels]")]
    for parameter, colours in zip(net.parameters(), shown, strict=True):
        numbers = np.ravel(parameter.data) / largest
        # Blue for positive, vermillion for negative, the paler the smaller.
        positive, negative = numbers > 0.05, numbers < -0.05
        assert (colours[positive, 2] > colours[positive, 0]).all()
        assert (colours[negative, 0] > colours[negative, 2]).all()
        red = 255 - np.where(numbers > 0, numbers * 255, -numbers * (255 - 213))
        assert np.abs(colours[:, 0] - red).max() < 4
    outputs = net.reconstruct(large.trajectory.data)
    grey = np.array(pixels(page, ".samples [data-pixels]"), float)[:, ::3]
    assert np.abs(grey - 255 * (1 - outputs)).max() < 3


def test_pages_are_small(history, slower, large):
    assert len(history.player().html().encode()) < 120_000
    assert len(history.player(slower).html().encode()) < 200_000
    assert len(large.player().html().encode()) < 500_000


def test_without_scripts_the_pictures_are_shown(opened, history):
    page = opened(history.player().html(), java_script_enabled=False)
    images = page.get_by_role("img")
    expect(images).to_have_count(3)
    for name in ("the training loss over 60 epochs", "training: the weights after epoch 60"):
        expect(page.get_by_role("img", name=name)).to_be_visible()
        assert page.get_by_role("img", name=name).bounding_box()["height"] > 100
    expect(page.get_by_role("slider")).to_have_count(0)


def test_nothing_is_wider_than_a_narrow_cell(opened, history, slower):
    for player in (history.player(), history.player(slower)):
        page = opened(document(player.fragment()), width=480)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
