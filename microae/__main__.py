"""``microae`` and ``python -m microae``: the command line."""

import signal
import sys


def main() -> int:
    """Run the command line and return the exit code, also if Ctrl-C comes while it is being loaded."""
    try:
        from microae.commands import main as run

        return run()
    except KeyboardInterrupt:
        print("microae: error: interrupted", file=sys.stderr)
        return 130
    finally:
        # While Python ends, Ctrl-C would be raised somewhere in its parts; so it ends the process at once.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
