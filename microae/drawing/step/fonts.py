"""The width of a text in Helvetica or Arial, which every browser has or replaces by a font of the same widths.

Letters that those fonts lack come from another one; here they have the widths of DejaVu Sans, which is a wide font.
"""

from __future__ import annotations

FAMILY = "Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"

_ASCII = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 "
    "278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 "
    "667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 "
    "556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
_ASCII_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 333 "
    "333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 "
    "667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 "
    "611 389 556 333 611 556 778 556 556 500 389 280 389 584"
)
_OTHERS = {
    "−": 584, "×": 584, "÷": 549, "·": 278, "∂": 517, "∇": 669, "′": 227, "ᵀ": 385, "⁽": 246, "⁾": 246, "⁻": 528,
    "η": 634, "θ": 612, "λ": 592, "μ": 636, "β": 638, "ε": 541, "σ": 634, "δ": 612, "Σ": 632, "Π": 752, "√": 637,
    "←": 1000, "→": 1000, "∞": 833, "…": 1000, "—": 1000, "ŷ": 556, "▲": 990, "▬": 1000, "○": 873, "□": 945, "‼": 500,
    "\u0303": 0, "⁰": 401, "¹": 401, "²": 401, "³": 401, "‖": 500, "⊙": 838,
}  # fmt: skip
_OTHERS |= {chr(c): 401 for c in (*range(0x2074, 0x207A), *range(0x2080, 0x208A))}

_WIDTHS = [
    {chr(32 + i): int(width) for i, width in enumerate(table.split())} | _OTHERS for table in (_ASCII, _ASCII_BOLD)
]


def width(text: str, size: float, bold: bool = False) -> float:
    """The width of a line, in the unit of ``size``.

    Examples
    --------
    >>> from microae.drawing.step.fonts import width
    >>> width("W = 12", 10.0), width("W = 12", 10.0, bold=True)
    (31.96, 31.96)
    """
    widths = _WIDTHS[bold]
    return round(sum(widths.get(letter, 900) for letter in text) * size / 1000, 2)
