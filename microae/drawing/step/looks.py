"""The style of boxes, lanes and texts, for every file format."""

from __future__ import annotations

from typing import NamedTuple

from microae.drawing.colours import BLUE, GREEN, VERMILLION
from microae.drawing.step.face import Text
from microae.drawing.step.layout import Lane
from microae.drawing.step.scene import Box, Scene, Stage

INK: dict[Stage, str] = {"forward": BLUE, "backward": VERMILLION, "update": GREEN}
"""The colour of each lane; its name, position and direction show the same, so that colour is never alone."""

PAPER: dict[Stage, str] = {"forward": "#EEF5FA", "backward": "#FCF3EC", "update": "#ECF6F2"}

_NAMES: dict[Stage, str] = {"forward": "forward →", "backward": "← backward", "update": "update ↓"}
_INKS = {"badge": "#A33F00", "paper": "#555555", "shape": "#666666", "small": "#444444", "gradient": "#A33F00"}


class Look(NamedTuple):
    """A box: its line, and how round its corners are; operations are round and thick, what they work on is not."""

    ink: str
    thickness: float
    radius: float


def box_look(box: Box) -> Look:
    """The style of a box."""
    works = box.kind in ("operation", "module")
    return Look(INK[box.stage], 2.5 if works else 1.5, 10.0 if works else 3.0)


def text_ink(text: Text) -> str:
    """The colour of the texts in a box."""
    return _INKS.get(text.look, "#000000")


def lane_name(lane: Lane) -> Text:
    """The name of a lane, in its upper left corner."""
    return Text(14, lane.y + 27, _NAMES[lane.stage], 19, bold=True)


def facts(lane: Lane, scene: Scene) -> list[Text]:
    """The facts about the whole step, beside the lane that they belong to."""
    known = scene.facts
    lines = []
    if lane.stage == "forward" and "loss before" in known:
        lines = ["loss before", known["loss before"]]
    if lane.stage == "update":
        lines = [known[name] for name in ("optimiser",) if name in known]
        lines += [f"η = {known['η']}"] if "η" in known else []
        lines += ["loss after", known["loss after"]] if "loss after" in known else []
    return [Text(14, lane.y + 54 + 21 * n, words, 16) for n, words in enumerate(lines)]
