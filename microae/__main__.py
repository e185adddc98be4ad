"""``python -m microae``: the command line."""

import sys

from microae.commands import main

if __name__ == "__main__":
    sys.exit(main())
