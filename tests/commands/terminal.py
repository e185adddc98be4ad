"""A command as a process whose standard error is a terminal, as a user has it."""

import os
import subprocess
import sys
from pathlib import Path


def shown(*arguments, cwd="."):
    """What a command that ends well shows in the terminal."""
    import termios

    terminal, end = os.openpty()
    termios.tcsetwinsize(end, (24, 160))
    command = [sys.executable, "-m", "microae", *arguments]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=end, cwd=cwd, env=environment) as running:
        os.close(end)
        text = b""
        try:
            while part := os.read(terminal, 4096):
                text += part
        except OSError:  # so Linux says that the other end is closed
            pass
        finally:
            os.close(terminal)
    assert running.returncode == 0, text
    return text.decode()
