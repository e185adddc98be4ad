"""The colours of all pictures: those of Okabe and Ito (2008), which colour-blind people can tell apart."""

BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#666666"

SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY_BLUE, BLACK)
"""For curves and classes, in this order; yellow is left out, it cannot be seen on white paper."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*", "p", "h", "d", "H", "8")
"""As many shapes, so that nothing is told by colour alone; their number and that of ``SERIES`` have no divisor."""
