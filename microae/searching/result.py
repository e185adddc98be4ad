"""``SearchResult``: the table of trials, the best settings and the model they give, as files and pictures."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from microae.data.files import replacing, write_text
from microae.extras import needed
from microae.nn.module import Module
from microae.searching.space import Space, optuna
from microae.searching.storage import quietly
from microae.searching.task import Outcome, Task
from microae.training import save

TABLE, BEST, WEIGHTS = "trials.csv", "best.json", "best.safetensors"
"""The files of a search: all trials, the best settings with their score, and the model they give."""

COLUMNS = ("trial", "state", "score", "epochs", "seconds")
"""What the table says of a trial beside its settings and the reason of its failure."""

PICTURES = ("optimization_history", "intermediate_values", "param_importances", "parallel_coordinate", "slice")
"""optuna's plots that are drawn."""


class SearchResult:
    """What a search found.

    Attributes
    ----------
    study : optuna.Study
        A copy in memory of the trials that are done.
    trials : list of dict
        One a trial, in order: "trial" (its number), "state" ("complete", "pruned" or "failed"), "score", "epochs",
        "seconds", its settings that varied, and "reason" of a failure. ``pandas.DataFrame(result.trials)`` is a table.

    Raises
    ------
    ValueError
        If no trial succeeded.

    Examples
    --------
    >>> import microae as ma
    >>> space = {"lr": [0.01, 0.1]}
    >>> fixed = {"layers": [3, 4, 3], "epochs": 3}
    >>> found = ma.search(space, [[1, 0, 1], [0, 1, 1]] * 9, fixed=fixed, sampler="grid", progress=False)
    >>> found
    <SearchResult of 2 trials: the best is trial 1, score ..., lr=0.1>
    """

    def __init__(self, study: Any, space: Space, fixed: Mapping[str, Any], task: Task) -> None:
        with quietly():
            self.study = optuna.create_study(study_name=study.study_name)
        self.study.add_trials([trial for trial in study.get_trials() if trial.state.is_finished()])
        self._space, self._fixed, self._task = space, dict(fixed), task
        self.trials = [self._row(trial) for trial in self.study.trials]
        if not any(row["state"] == "complete" for row in self.trials):
            first = next(row for row in self.trials if row["state"] == "failed")
            raise ValueError(
                f"search: none of {len(self.trials)} trials succeeded; trial {first['trial']}: {first['reason']}"
            )

    @property
    def best(self) -> dict[str, Any]:
        """The settings of the best trial; of equals of the first. Those that were fixed are not among them."""
        return self._settings(self.study.best_trial)

    @property
    def best_number(self) -> int:
        """The number of the best trial."""
        number: int = self.study.best_trial.number
        return number

    @property
    def best_score(self) -> float:
        """The least score."""
        score: float = self.study.best_value
        return score

    @property
    def model(self) -> Module:
        """The model of the best settings, trained once more when it is first asked for."""
        return self._trained[0]

    @property
    def model_score(self) -> float:
        """The score of :attr:`model`: that of its trial, bit for bit on the same kind of machine."""
        return self._trained[1].score

    @cached_property
    def _trained(self) -> tuple[Module, Outcome]:
        model, _, outcome = self._task.run({**self._fixed, **self.best})
        return model, outcome

    def write(self, directory: str | os.PathLike[str]) -> list[Path]:
        """Write the table, the best settings and their model into a directory.

        Parameters
        ----------
        directory : path
            Made if missing; the files of an earlier search in it are replaced.

        Returns
        -------
        list of Path
            The files that were written.
        """
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        table, best, weights = files = [directory / name for name in (TABLE, BEST, WEIGHTS)]
        write_text(table, self.csv())
        save(self.model, weights, overwrite=True)
        about = {
            "trial": self.best_number,
            "score": self.best_score,
            "score of the saved model": self.model_score,
            "settings": {**self._fixed, **self.best},
        }
        write_text(
            best, json.dumps(about, indent=2, default=lambda given: getattr(given, "__name__", repr(given))) + "\n"
        )
        return files

    def csv(self) -> str:
        """The table as CSV, with a header."""
        names = [*COLUMNS, *self._space.names, "reason"]
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.trials)
        return text.getvalue()

    def draw(self, directory: str | os.PathLike[str]) -> list[Path]:
        """Draw optuna's plots: what each trial found, each epoch's score, and what each setting does.

        Parameters
        ----------
        directory : path
            Made if missing.

        Returns
        -------
        list of Path
            PNG files; of fewer than two complete trials there are none of the settings.

        Raises
        ------
        ModuleNotFoundError
            If matplotlib is not installed.
        """
        with needed("matplotlib", "a plot of a search", "'microae[plots]'"):
            import matplotlib.pyplot as plt

        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        complete = sum(row["state"] == "complete" for row in self.trials)
        files = []
        with quietly(), plt.rc_context({"figure.figsize": (9.0, 5.0)}):
            for name in PICTURES[: len(PICTURES) if complete > 1 else 2]:
                plot: Callable[[Any], Any] = getattr(optuna.visualization.matplotlib, f"plot_{name}")
                axes = plot(self.study)
                figure = (axes.flat[0] if hasattr(axes, "flat") else axes).figure
                files.append(directory / f"{name}.png")
                with replacing(files[-1]) as temporary:
                    figure.savefig(temporary, bbox_inches="tight", dpi=120)
                plt.close(figure)
        return files

    def _settings(self, trial: Any) -> dict[str, Any]:
        return {name: self._space.value(name, shown) for name, shown in trial.params.items()}

    def _row(self, trial: Any) -> dict[str, Any]:
        state = optuna.trial.TrialState
        said = {state.COMPLETE: "complete", state.PRUNED: "pruned", state.FAIL: "failed"}[trial.state]
        known = trial.user_attrs
        row = {"trial": trial.number, "state": said, "score": trial.value}
        row |= {"epochs": known.get("epochs"), "seconds": known.get("seconds")}
        return {**row, **self._settings(trial), **({"reason": known["reason"]} if "reason" in known else {})}

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={given!r}" for name, given in self.best.items())
        return (
            f"<SearchResult of {len(self.trials)} trials: the best is trial {self.best_number}, "
            f"score {self.best_score:.6g}, {settings}>"
        )
