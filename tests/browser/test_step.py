"""The page of a recorded step in a real browser: what is in focus, what is said about it, what can be folded."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import microae as ma
from tests.browser.pages import document, stop_clock
from tests.drawing.step.pictures import the_papers

PAUSE = 1500  # milliseconds at a node while playing


@pytest.fixture(scope="module")
def step():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    return ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])


@pytest.fixture(scope="module")
def drawing(step):
    return ma.draw(step)


@pytest.fixture(scope="module")
def html(drawing):
    return drawing.page().html()


def slider(page):
    return page.get_by_role("slider", name="node")


def panel(page):
    return page.get_by_role("region", name="the node in focus")


def move(page, place):
    slider(page).evaluate("(s, place) => { s.value = place; s.dispatchEvent(new Event('input')); }", place)


def box(drawing, name):
    return next(box for box in drawing.scene.boxes if box.name == name)


def marked(page, mark):
    """The nodes that carry a mark."""
    found = page.locator(f"[data-node].{mark}").evaluate_all("all => all.map(g => Number(g.dataset.node))")
    return sorted(found)


def seen(page, number):
    return page.locator(f"[data-node='{number}']")


def test_the_slider_goes_forward_then_back_in_reverse_order_then_updates(opened, drawing, html):
    page = opened(html)
    names = []
    for place in range(len(drawing.scene.boxes)):
        move(page, place)
        assert marked(page, "focus") == [place]
        names.append(panel(page).get_by_role("heading", level=2).text_content())
    assert names == [box.name for box in drawing.scene.boxes]
    assert names.index("z⁽¹⁾") < names.index("h⁽¹⁾") < names.index("L")
    assert names.index("L") < names.index("∂L/∂L") < names.index("∂L/∂h⁽¹⁾") < names.index("∂L/∂z⁽¹⁾")
    assert names.index("∂L/∂z⁽¹⁾") < names.index("W⁽¹⁾′")


def test_what_a_node_receives_and_sends_is_brought_out_and_the_rest_is_dimmed(opened, drawing, html):
    page = opened(html)
    scene = drawing.scene
    for box in scene.boxes:
        move(page, box.number)
        givers = sorted({edge.tail for edge in scene.edges if edge.head == box.number})
        takers = sorted({edge.head for edge in scene.edges if edge.tail == box.number})
        assert marked(page, "giver") == givers
        assert marked(page, "taker") == takers
        others = {b.number for b in scene.boxes} - {box.number, *givers, *takers}
        assert marked(page, "dim") == sorted(others)
        for kind, edges in [
            ("into", {f"{e.tail}-{e.head}" for e in scene.edges if e.head == box.number}),
            ("out", {f"{e.tail}-{e.head}" for e in scene.edges if e.tail == box.number}),
        ]:
            found = page.locator(f"[data-edge].{kind}").evaluate_all("all => all.map(g => g.dataset.edge)")
            drawn = page.locator("[data-edge]").evaluate_all("all => all.map(g => g.dataset.edge)")
            assert set(found) == edges & set(drawn)
            hints = page.locator(f".hint.{kind}").count()  # of those that the picture leaves out
            assert hints == len(edges - set(drawn))
        for mark, kind in (("in", givers), ("out", takers)):
            links = (
                panel(page).locator(f".flow .{mark} .link").evaluate_all("all => all.map(b => Number(b.dataset.to))")
            )
            assert sorted(links) == kind


def test_nodes_are_counted_from_one(opened, drawing, html):
    page = opened(html)
    number = len(drawing.scene.boxes)
    for place in (0, 4, number - 1):
        move(page, place)
        expect(page.locator(".count")).to_have_text(f"{place + 1} of {number}")


def test_in_and_out_differ_by_more_than_their_colour(opened, drawing, html):
    page = opened(html)
    move(page, box(drawing, "h⁽¹⁾").number)
    dashes = "g => getComputedStyle(g.querySelector('path')).strokeDasharray"
    assert page.locator("[data-edge].into").first.evaluate(dashes) == "none"
    assert page.locator("[data-edge].out").first.evaluate(dashes) != "none"
    dim = page.locator("[data-node].dim").first
    page.wait_for_timeout(300)
    assert float(dim.evaluate("g => getComputedStyle(g).opacity")) < 0.5


def test_keys_go_from_node_to_node(opened, drawing, html):
    page = opened(html)
    last = len(drawing.scene.boxes) - 1
    for key, place in [
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", last),
        ("ArrowRight", last),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("PageUp", -(-(last + 1) // 10)),
    ]:
        page.keyboard.press(key)
        expect(slider(page)).to_have_value(str(place))
        assert marked(page, "focus") == [place]


def test_a_click_brings_a_node_into_focus(opened, drawing, html):
    page = opened(html)
    page.get_by_role("button", name="whole picture").click()
    for name in ("z⁽²⁾", "∂L/∂h⁽¹⁾", "b⁽²⁾′", "x"):
        number = box(drawing, name).number
        page.wait_for_timeout(350)
        seen(page, number).click()
        assert marked(page, "focus") == [number]
        expect(slider(page)).to_have_value(str(number))
        expect(panel(page).get_by_role("heading", level=2)).to_have_text(name)


def test_links_lead_to_neighbours_and_between_a_node_and_its_gradient(opened, drawing, html):
    page = opened(html)
    move(page, box(drawing, "z⁽¹⁾").number)
    panel(page).locator(".out .link", has_text="h⁽¹⁾").click()
    assert marked(page, "focus") == [box(drawing, "h⁽¹⁾").number]
    expect(panel(page).locator(".kin h3")).to_contain_text("its gradient")
    panel(page).locator(".kin .link").click()
    assert marked(page, "focus") == [box(drawing, "∂L/∂h⁽¹⁾").number]
    expect(panel(page).locator(".kin h3")).to_contain_text("belongs to")
    panel(page).locator(".kin .link").click()
    assert marked(page, "focus") == [box(drawing, "h⁽¹⁾").number]


def test_it_plays_and_pauses(opened, html):
    page = opened(html)
    stop_clock(page)
    page.get_by_role("button", name="play", exact=True).click()
    page.clock.run_for(3 * PAUSE)
    expect(slider(page)).to_have_value("3")
    page.get_by_role("button", name="pause").click()
    page.clock.run_for(3 * PAUSE)
    expect(slider(page)).to_have_value("3")


def test_stages_are_reached_directly(opened, drawing, html):
    page = opened(html)
    for stage in ("update", "backward", "forward"):
        page.get_by_role("button", name=stage).click()
        assert marked(page, "focus") == [drawing.scene.stage(stage)[0].number]
        expect(page.get_by_role("button", name=stage)).to_have_attribute("aria-current", "step")
        expect(page.locator("[aria-current]")).to_have_count(1)


# --- what is said about a node


def shown_numbers(locator):
    """The numbers of a vector or matrix in the panel."""
    return np.array(
        locator.evaluate("m => [...m.querySelectorAll('.row')].map(r => [...r.children].map(c => c.textContent))")
    )


def test_the_papers_formula_is_said_once_to_be_its(opened):
    drawing = ma.draw(the_papers())
    page = opened(drawing.page().html())
    for node in drawing.scene.boxes:
        if node.paper:
            move(page, node.number)
            expect(panel(page).locator(".paper")).to_have_text(node.paper)
            assert node.paper.count("paper") == 1


def test_the_formula_stands_there_and_once_more_with_its_numbers(opened, drawing, html):
    page = opened(html)
    h = box(drawing, "h⁽¹⁾")
    move(page, h.number)
    expect(panel(page).locator(".formula")).to_have_text("h⁽¹⁾ = LeakyReLU(z⁽¹⁾)")
    z = box(drawing, "z⁽¹⁾").value
    matrices = panel(page).locator(".numbers .matrix")
    for locator, value in zip(matrices.all(), (z, h.value), strict=True):
        texts = shown_numbers(locator)
        assert np.array([[float(t.replace("−", "-")) for t in row] for row in texts]) == pytest.approx(
            value[None], rel=5e-3, abs=1e-12
        )
    expect(panel(page).locator(".paper")).to_contain_text("h = f(z)")


def test_matrices_stand_in_the_order_of_the_formula(opened, drawing, html):
    page = opened(html)
    move(page, box(drawing, "∇W⁽²⁾").number)
    expect(panel(page).locator(".formula")).to_have_text(re.compile(r"h⁽¹⁾ᵀ · ∂L/∂z⁽²⁾"))
    first, second, product = panel(page).locator(".numbers .matrix").all()
    h, g = box(drawing, "h⁽¹⁾").value, box(drawing, "∂L/∂z⁽²⁾").value
    for locator, value in ((first, h[None]), (second, g[None]), (product, np.outer(h, g))):
        texts = shown_numbers(locator)
        numbers = np.array([[float(t.replace("−", "-")) for t in row] for row in texts])
        assert numbers == pytest.approx(value, rel=2e-2, abs=1e-12)


def test_the_chain_rule_is_the_sum_over_the_consumers(opened):
    w = ma.Value([1.0, 2.0], label="w")
    with ma.record() as step:
        h = w * w
        h.label = "h"
        (np.sum(h * w) + np.sum(h)).backward()
    drawing = ma.draw(step)
    page = opened(drawing.page().html())
    move(page, box(drawing, "∂L/∂h").number)
    rows = panel(page).locator(".chain tbody tr")
    expect(rows).to_have_count(3)
    parts = [shown_numbers(row.locator(".matrix")).astype(float).ravel() for row in rows.all()]
    assert parts[0] + parts[1] == pytest.approx(parts[2])
    assert sorted(p.tolist() for p in parts[:2]) == [[1.0, 1.0], [1.0, 2.0]]
    expect(rows.last).to_contain_text("sum")
    expect(panel(page).locator(".chain .facts")).to_have_text("the sum of what comes from v₃, v₁")


def test_a_value_that_is_used_twice_by_one_operation_has_two_edges(opened):
    w = ma.Value([1.0, 2.0], label="w")
    with ma.record() as step:
        h = w * w
        np.sum(h).backward()
    drawing = ma.draw(step)
    page = opened(drawing.page().html())
    move(page, box(drawing, "∇w").number)
    expect(page.locator("[data-edge].into")).to_have_count(2)
    expect(page.locator(".label.into:not(.dim)")).to_have_count(2)
    rows = panel(page).locator(".chain tbody tr")
    parts = [shown_numbers(row.locator(".matrix")).astype(float).ravel().tolist() for row in rows.all()]
    assert parts == [[1.0, 2.0], [1.0, 2.0], [2.0, 4.0]]


def test_parameters_are_checked_in_three_ways(opened, step, drawing, html):
    page = opened(html)
    for name in ("W⁽¹⁾", "∇W⁽¹⁾", "W⁽¹⁾′"):
        move(page, box(drawing, name).number)
        check = panel(page).locator(".check")
        expect(check.locator("thead th")).to_have_text(["", "by hand", "automatic", "finite difference", ""])
        rows = check.locator("tbody tr")
        expect(rows).to_have_count(12)
        gradient = box(drawing, "∇W⁽¹⁾").value
        for row, (place, number) in zip(rows.all(), np.ndenumerate(gradient), strict=True):
            cells = row.locator("td, th").all_text_contents()
            assert cells[0] == str(list(place))
            assert [float(c.replace("−", "-")) for c in cells[1:4]] == pytest.approx([number] * 3, rel=1e-5, abs=1e-12)
            assert cells[4] == "✓"
        expect(check.get_by_role("heading")).to_contain_text("✓ agrees")
        expect(check).to_contain_text("∇W = hᵀ∇")


def test_a_gradient_that_is_wrong_gets_a_cross(opened):
    """As when ``zero_grad`` was forgotten: what is used is the sum of two steps' gradients."""
    w = ma.Value([1.0, 2.0], label="w")
    np.sum(w * w).backward()
    with ma.record() as step:
        np.sum(w * w).backward()
    drawing = ma.draw(step)
    page = opened(drawing.page().html())
    move(page, box(drawing, "w").number)
    check = panel(page).locator(".check")
    expect(check.get_by_role("heading")).to_contain_text("✗ differs")
    expect(check.locator("tbody td:last-child")).to_have_text(["✗", "✗"])
    expect(check.get_by_role("img", name="differs")).to_have_count(2)


# --- folding


def toggle(page, path):
    return page.get_by_role("button", name=f"module {path}", exact=True)


def test_a_module_is_folded_and_opened(opened, drawing, html):
    page = opened(html)
    inside = {b.number for b in drawing.scene.inside("encoder")}
    expect(toggle(page, "encoder")).to_have_attribute("aria-expanded", "true")
    toggle(page, "encoder").click()
    expect(toggle(page, "encoder")).to_have_attribute("aria-expanded", "false")
    for b in drawing.scene.boxes:
        assert seen(page, b.number).is_visible() == (b.number not in inside)
    edges = page.locator("[data-edge]").evaluate_all(
        "all => all.map(g => [g.dataset.edge, getComputedStyle(g).display])"
    )
    assert len(edges) > 15
    for ends, shown in edges:
        assert (shown != "none") == (not set(map(int, ends.split("-"))) & inside)
    expect(page.locator("[data-stub=encoder]")).to_have_count(3)  # one in each lane
    toggle(page, "encoder").click()
    expect(page.locator(".stub")).to_have_count(0)
    for b in drawing.scene.boxes:
        expect(seen(page, b.number)).to_be_visible()


def test_opening_brings_everything_back_to_its_place(opened, html):
    page = opened(html)
    page.get_by_role("button", name="whole picture").click()
    page.wait_for_timeout(350)
    geometry = """svg => [...svg.querySelectorAll('[data-node], path, .group rect, .lane rect, text')].map(
        (e) => ['transform', 'd', 'x', 'y', 'width', 'height'].map((name) => e.getAttribute(name)).join(' ')
            .replace(/-?[\\d.]+/g, (n) => Math.round(Number(n) * 10) / 10).replace('translate(0,0)', ''))"""
    picture = page.locator(".picture svg")
    before = picture.evaluate(geometry)
    for path in ("encoder", "decoder", "loss", "decoder", "loss", "encoder"):
        toggle(page, path).click()
    assert picture.evaluate(geometry) == before


def overlaps(page):
    """Pairs of boxes that are shown and overlap."""
    return page.locator(".picture svg").evaluate(
        """svg => {
          const boxes = [...svg.querySelectorAll('[data-node], .stub')].filter((g) => !g.classList.contains('gone'))
              .map((g) => [g.dataset.node ?? g.dataset.stub, g.querySelector('rect').getBoundingClientRect()]);
          const found = [];
          boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
            if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1) {
              found.push([a, b]);
            }
          }));
          return found;
        }"""
    )


@pytest.mark.parametrize("paths", [["encoder"], ["decoder"], ["loss"], ["encoder", "decoder"], ["decoder", "loss"]])
def test_folding_takes_in_the_room_and_nothing_overlaps(opened, html, paths):
    page = opened(html)
    page.get_by_role("button", name="whole picture").click()
    page.wait_for_timeout(350)
    size = "svg => svg.viewBox.baseVal.width * svg.viewBox.baseVal.height"
    before = page.locator(".picture svg").evaluate(size)
    assert overlaps(page) == []
    for path in paths:
        toggle(page, path).click()
    page.wait_for_timeout(350)
    assert overlaps(page) == []
    if paths != ["loss"]:
        assert page.locator(".picture svg").evaluate(size) < 0.95 * before


def test_the_picture_itself_is_folded_and_opened_by_clicks(opened, html):
    page = opened(html)
    page.get_by_role("button", name="whole picture").click()
    page.wait_for_timeout(350)
    page.locator("[data-group=encoder][data-stage=forward] text").click()
    expect(toggle(page, "encoder")).to_have_attribute("aria-expanded", "false")
    page.wait_for_timeout(350)
    page.locator("[data-stub=encoder]").first.click()
    expect(toggle(page, "encoder")).to_have_attribute("aria-expanded", "true")


def test_a_node_in_a_folded_module_is_seen_as_the_module(opened, drawing, html):
    page = opened(html)
    toggle(page, "encoder").click()
    h, z = box(drawing, "h⁽¹⁾"), box(drawing, "z⁽²⁾")
    move(page, h.number)
    expect(page.locator(".stub.focus")).to_have_count(1)
    expect(page.locator(".stub.forward.focus")).to_have_count(1)
    expect(panel(page).get_by_role("heading", level=2)).to_have_text("h⁽¹⁾")
    assert marked(page, "taker") == [z.number]
    expect(page.locator(".folded .edge.out")).to_have_count(1)
    move(page, z.number)
    expect(page.locator(".stub.forward.giver")).to_have_count(1)


def test_modules_in_modules(opened):
    parts = [ma.nn.Sequential(ma.nn.Linear(3, 3, seed=k), ma.nn.Tanh()) for k in range(3)]
    net = ma.nn.Sequential(parts[0], ma.nn.Sequential(*parts[1:]))
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1], loss=ma.mean_squared_error)
    drawing = ma.draw(step)
    page = opened(drawing.page().html())
    closed = set()
    for path in ("1.0", "1", "1", "1.0"):  # what was folded inside stays so
        toggle(page, path).click()
        closed ^= {path}
        inner, outer = "1.0" in closed, "1" in closed
        expect(toggle(page, "1.0")).to_be_visible(visible=not outer)
        hidden = {b.number for b in drawing.scene.inside("1" if outer else "1.0")} if inner or outer else set()
        for b in drawing.scene.boxes:
            assert seen(page, b.number).is_visible() == (b.number not in hidden)
        stubs = page.locator(".stub").evaluate_all("all => [...new Set(all.map(s => s.dataset.stub))]")
        assert stubs == (["1"] if outer else ["1.0"] if inner else [])
        assert overlaps(page) == []


# --- close-up


@pytest.mark.parametrize("width", [1280, 700])
def test_in_the_close_up_the_node_in_focus_is_always_in_sight(opened, drawing, html, width):
    page = opened(html, width=width, reduced_motion="reduce")
    frame = page.locator(".picture").bounding_box()
    for b in drawing.scene.boxes:
        move(page, b.number)
        at = seen(page, b.number).bounding_box()
        assert at["x"] >= frame["x"] - 1
        assert at["y"] >= frame["y"] - 1
        assert at["x"] + at["width"] <= frame["x"] + frame["width"] + 1
        assert at["y"] + at["height"] <= frame["y"] + frame["height"] + 1


def test_the_picture_can_be_dragged_and_a_drag_is_no_click(opened, drawing, html):
    page = opened(html)
    z = box(drawing, "z⁽¹⁾").number
    before = [float(x) for x in page.locator(".picture svg").get_attribute("viewBox").split()]
    unit = before[2] / page.locator(".picture").bounding_box()["width"]
    at = seen(page, z).bounding_box()
    page.mouse.move(at["x"] + at["width"] - 5, at["y"] + at["height"] - 5)
    page.mouse.down()
    page.mouse.move(at["x"] + at["width"] - 55, at["y"] + 5, steps=5)  # the node goes with it
    page.mouse.up()
    after = [float(x) for x in page.locator(".picture svg").get_attribute("viewBox").split()]
    moved = [before[0] + 50 * unit, before[1] + (at["height"] - 10) * unit]
    assert after == pytest.approx([*moved, *before[2:]], abs=2 * unit)
    assert marked(page, "focus") == [0]
    page.mouse.move(at["x"], at["y"])  # let go, it stays
    assert [float(x) for x in page.locator(".picture svg").get_attribute("viewBox").split()] == after
    seen(page, z).click()
    assert marked(page, "focus") == [z]


def test_less_motion_moves_the_picture_at_once(opened, html):
    page = opened(html, reduced_motion="reduce")
    stop_clock(page)
    view = "svg => svg.getAttribute('viewBox')"
    before = page.locator(".picture svg").evaluate(view)
    page.keyboard.press("End")
    assert page.locator(".picture svg").evaluate(view) != before


# --- documents


def test_the_same_step_twice_in_one_document_is_two_pages(opened, drawing):
    fragment = drawing.page().fragment()
    page = opened(document(fragment, fragment))
    expect(slider(page)).to_have_count(2)
    slider(page).nth(0).focus()
    page.keyboard.press("End")
    slider(page).nth(1).focus()
    page.keyboard.press("ArrowRight")
    last = str(len(drawing.scene.boxes) - 1)
    assert [slider(page).nth(k).input_value() for k in (0, 1)] == [last, "1"]
    focused = page.locator("[data-node].focus").evaluate_all("all => all.map(g => g.dataset.node)")
    assert focused == [last, "1"]
    toggle(page, "encoder").nth(1).click()
    assert [page.locator(".microae-page").nth(k).locator(".stub").count() for k in (0, 1)] == [0, 3]


def test_without_scripts_the_picture_is_shown(opened, drawing, html):
    page = opened(html, java_script_enabled=False)
    words = f"One training step: loss .*, as a graph of {len(drawing.scene.boxes)} nodes"
    image = page.get_by_role("img", name=re.compile(words))
    expect(image).to_be_visible()
    assert image.bounding_box()["width"] > 1000
    expect(page.get_by_role("slider")).to_have_count(0)


def test_it_is_read_aloud(opened, drawing, html):
    page = opened(html)
    expect(page.get_by_role("region", name=re.compile("^One training step: loss"))).to_be_visible()
    z = box(drawing, "z⁽¹⁾")
    move(page, z.number)
    words = "forward: z⁽¹⁾ = x W⁽¹⁾ + b⁽¹⁾, in encoder.0 (Linear)"
    expect(slider(page)).to_have_attribute("aria-valuetext", words)
    expect(page.get_by_role("status")).to_have_text(words)
    move(page, box(drawing, "∇W⁽¹⁾").number)
    expect(page.get_by_role("img", name="agrees")).to_have_count(12)
    toggle(page, "decoder").click()
    expect(page.get_by_role("status")).to_have_text("decoder collapsed")


def test_everything_is_reached_by_the_keyboard(opened, html):
    page = opened(html)
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate(
            """() => { const focused = document.activeElement.shadowRoot?.activeElement;
                       return focused && (focused.ariaLabel ?? focused.textContent); }"""
        )
        if name is None:
            break
        reached.append(name)
    wanted = ["back to the first node", "play", "node", "← backward", "module encoder", "whole picture"]
    assert [name for name in reached if name in wanted] == wanted
    page.get_by_role("button", name="module encoder", exact=True).focus()
    page.keyboard.press("Enter")
    expect(toggle(page, "encoder")).to_have_attribute("aria-expanded", "false")


def test_dark_and_light(opened, html):
    page = opened(html, color_scheme="dark")
    expect(page.locator(".page")).to_have_attribute("data-theme", "dark")
    dark = seen(page, 3).locator("rect").first.evaluate("r => getComputedStyle(r).fill")
    page.get_by_role("button", name="switch to light colours").click()
    assert seen(page, 3).locator("rect").first.evaluate("r => getComputedStyle(r).fill") != dark


def test_pages_are_small(html, drawing):
    assert len(html.encode()) < 300_000
    net = ma.Autoencoder([784, 128, 784], seed=0)
    x = np.random.default_rng(0).random((128, 784))
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), x)
    assert len(ma.draw(step).page().html().encode()) < 2_000_000


def test_nothing_is_wider_than_a_narrow_cell(opened, drawing):
    page = opened(document(drawing.page().fragment()), width=480)
    for place in range(len(drawing.scene.boxes)):
        move(page, place)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
