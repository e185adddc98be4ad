"""``microae completion``: in a real bash, as it is asked for at the Tab key."""

import re
import shlex
import subprocess

import pytest

from microae.commands import main

TAB = """
COMP_WORDS=({words}); COMP_CWORD={last}; COMPREPLY=()
_microae microae {current} {before}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(["completion", "bash"]) == 0
    path = tmp_path_factory.mktemp("bash") / "microae.bash"
    path.write_text(out.getvalue())
    return path


def tab(script, *words):
    given = {"words": shlex.join(words), "last": len(words) - 1}
    given |= {"current": shlex.quote(words[-1]), "before": shlex.quote(words[-2])}
    text = f"set -u\nsource {shlex.quote(str(script))}\n{TAB.format(**given)}"
    done = subprocess.run(["bash", "--norc", "-c", text], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(("words", "expected"), [
    (["rec"], ["reconstruct"]),
    (["s"], ["score", "search"]),
    (["--v"], ["--version"]),
    (["train", "--sch"], ["--schedule"]),
    (["train", "--schedule", "s"], ["step_decay"]),
    (["train", "--schedule", "=", "s"], ["step_decay"]),
    (["train", "--schedule", "="],
     ["cosine_decay", "exponential_decay", "step_decay", "reduce_on_plateau", "constant"]),
    (["train", "--quiet", "--dty"], ["--dtype"]),
    (["train", "--out", "run", "--dtype", "f"], ["float64", "float32"]),
    (["train", "--out", ""], []),
    (["train", "--layers", "-"], []),
    (["train", ""], []),
    (["draw", "lo"], ["losses"]),
    (["draw", "landscape", "--directions", ""], ["pca", "random"]),
    (["draw", "losses", "--his"], ["--history"]),
    (["export", "--part", "e"], ["encoder"]),
    (["completion", ""], ["bash", "zsh", "fish"]),
    (["fly", "--x"], []),
])  # fmt: skip
def test_bash(script, words, expected):
    assert tab(script, "microae", *words) == expected


def test_bash_completes_at_the_tab_key_itself(script, tmp_path):
    """As typed into an interactive shell, by bash's own table of completions."""
    text = f"source {shlex.quote(str(script))}\ncomplete -p microae"
    done = subprocess.run(["bash", "--norc", "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "complete -o bashdefault -o default -F _microae microae\n"


def test_the_other_shells_say_the_same(capsys):
    assert main(["completion", "bash"]) == 0
    bash = capsys.readouterr().out
    assert main(["completion", "zsh"]) == 0
    assert capsys.readouterr().out == f"autoload -U +X bashcompinit && bashcompinit\n{bash}"
    assert main(["completion", "fish"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(("#", "complete -c microae -n ")) for line in lines)
    assert all(re.sub(r"\\.", "", line).count("'") % 2 == 0 for line in lines[1:])
    assert sum(" -a train" in line for line in lines) == 1
    assert main(["completion", "tcsh"]) == 2
