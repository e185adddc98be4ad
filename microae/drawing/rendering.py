"""``render``: Graphviz source to a picture, by the ``graphviz-pure`` package or any other ``dot``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Literal

Format = Literal["svg", "png", "pdf", "json0"]


def program(form: Format = "svg") -> str:
    """The program that draws: ``MICROAE_DOT`` if it is set, else ``graphviz-pure``, else a ``dot`` on the path.

    Parameters
    ----------
    form : str
        The format. ``graphviz-pure`` does not write "pdf", so for that it is the ``dot`` on the path.

    Returns
    -------
    str
        Its path.

    Raises
    ------
    FileNotFoundError
        If no program is found.
    """
    chosen = os.environ.get("MICROAE_DOT")
    if chosen:
        path = shutil.which(chosen)
        if path is None:
            raise FileNotFoundError(f"MICROAE_DOT names {chosen!r}, which is not a program")
        return path
    if form == "pdf":
        path = shutil.which("dot")
        if path is None:
            raise FileNotFoundError(
                "PDF needs Graphviz's own dot: install Graphviz, or set MICROAE_DOT to its dot, or save as .svg or .png"
            )
        return path
    scripts = sysconfig.get_path("scripts")
    path = shutil.which("graphviz-pure", path=scripts) or shutil.which("graphviz-pure") or shutil.which("dot")
    if path is None:
        raise FileNotFoundError(
            "no program to draw graphs: pip install graphviz-pure, or set MICROAE_DOT to a Graphviz dot"
        )
    return path


def render(source: str, form: Format = "svg", engine: str = "dot") -> bytes:
    """Draw a graph.

    Parameters
    ----------
    source : str
        In Graphviz's language.
    form : str
        "svg", "png", "pdf", or "json0" for the positions of all parts.
    engine : str
        Graphviz's layout engine; "neato" keeps the positions that are given in the source.

    Returns
    -------
    bytes
        The content of a file of that format.

    Raises
    ------
    FileNotFoundError
        If no program to draw with is found.
    RuntimeError
        If the program fails; the message has its output.

    Examples
    --------
    >>> from microae.drawing import render
    >>> render("digraph { a -> b }").lstrip().startswith(b"<?xml")
    True
    """
    positions = ["-n2"] if engine == "neato" else []
    command = [program(form), f"-K{engine}", *positions, f"-T{form}"]
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)
    if done.returncode or not done.stdout:
        complaint = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise RuntimeError(f"{Path(command[0]).name} could not draw the graph: {complaint}")
    return done.stdout
