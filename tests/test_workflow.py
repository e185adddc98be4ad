"""The hosted workflow says what it should: ``.ci/run`` on Linux, the README's test command everywhere."""

import os
import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
COMMANDS = re.findall(r"^```sh\n(.+)\n```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)


def commands(job):
    return {step.get("if", ""): step["run"] for step in JOBS[job]["steps"] if "run" in step and "pytest" in step["run"]}


def test_everything_is_run_on_linux():
    assert JOBS["all"]["runs-on"] == "ubuntu-latest"
    assert JOBS["all"]["steps"][-1] == {"run": ".ci/run"}
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_tests_are_run_on_each_system_and_python():
    matrix = JOBS["tests"]["strategy"]["matrix"]
    assert JOBS["tests"]["runs-on"] == "${{ matrix.os }}"
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert oldest == f">={matrix['python'][0]}"


def test_the_quick_tests_are_run_with_the_oldest_versions():
    job, (command,) = JOBS["oldest"], commands("oldest").values()
    python = next(step["with"] for step in job["steps"] if "setup-python" in step.get("uses", ""))["python-version"]
    assert python == JOBS["tests"]["strategy"]["matrix"]["python"][0]
    assert 'uv pip install --python .venv/bin/python --resolution lowest-direct -e ".[test]"' in command
    assert 'python -m pytest -n auto -m "not slow"' in command


def test_everything_that_is_needed_has_a_lower_bound():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = [name for extra, names in project["optional-dependencies"].items() if extra != "all" for name in names]
    bounds = {name: version for name, _, version in (x.partition(">=") for x in [*project["dependencies"], *optional])}
    assert all(bounds.values())
    for name, _, version in (x.partition(">=") for x in optional):
        assert version == bounds[name]  # an extra asks for the same as another


def test_the_command_is_the_readmes():
    (test_command,) = [command for command in COMMANDS if "pytest" in command]
    windows = test_command.replace("python3", "python", 1).replace(".venv/bin", ".venv/Scripts")
    assert commands("tests") == {"runner.os != 'Windows'": test_command, "runner.os == 'Windows'": windows}
