"""``microae`` and ``python -m microae``: the command line."""

import sys


def main() -> int:
    """Run the command line and return the exit code, also if Ctrl-C comes while it is being loaded."""
    try:
        from microae.commands import main as run

        return run()
    except KeyboardInterrupt:
        print("microae: error: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
