"""The colours of all pictures: those of Okabe and Ito (2008), which colour-blind people can tell apart."""

BLACK = "#000000"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREY = "#666666"
