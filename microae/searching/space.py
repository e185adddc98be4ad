"""What a search may choose from: lists of choices and ranges of numbers, as optuna's distributions."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from microae.extras import needed

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial

with needed("optuna", "a search", "'microae[search]'"):
    import optuna as optuna
    from optuna import distributions

RANGE = ("low", "high", "log", "step")
"""The keys of a range."""

Applies = Callable[[str, Mapping[str, Any]], bool]
"""Whether a setting has a meaning, given those that were chosen before it."""


class Space:
    """The settings that a search varies.

    Parameters
    ----------
    space : mapping of str to list, mapping or optuna distribution
        For each setting either its choices, a list of anything; or its range, ``{"low": 8, "high": 64}``, of whole
        numbers if both ends are, with ``"log": True`` for a logarithmic one and ``"step"`` for a stepped one; or one
        of optuna's own distributions.

    Attributes
    ----------
    distributions : dict of str to optuna.distributions.BaseDistribution
        "model" and "optimizer" first, for what else has a meaning depends on them.

    Raises
    ------
    ValueError
        If it is empty, or a setting is neither; the message says which and why.

    Examples
    --------
    >>> from microae.searching import Space
    >>> space = Space({"lr": {"low": 1e-3, "high": 0.1, "log": True}, "layers": [[64, 8, 64], [64, 32, 64]]})
    >>> space.names
    ['lr', 'layers']
    >>> Space({"lr": {"low": 0.1, "high": 0.01}})
    Traceback (most recent call last):
        ...
    ValueError: search: the range of lr: low=0.1 is above high=0.01
    """

    def __init__(self, space: Mapping[str, Any]) -> None:
        if not isinstance(space, Mapping) or not space:
            raise ValueError(
                "search: the space must name at least one setting with its choices or its range, as "
                f'{{"lr": {{"low": 1e-4, "high": 0.1, "log": True}}}}, got {space!r}'
            )
        self.distributions: dict[str, BaseDistribution] = {}
        self._choices: dict[str, dict[Any, Any]] = {}
        for name in sorted(space, key=lambda name: ("model", "optimizer", name).index(name)):
            given = space[name]
            if isinstance(given, (list, tuple)):
                self._choices[name] = choices = _choices(name, given)
                self.distributions[name] = distributions.CategoricalDistribution(tuple(choices))
            elif isinstance(given, Mapping):
                self.distributions[name] = _range(name, given)
            elif isinstance(given, distributions.BaseDistribution):
                self.distributions[name] = given
            else:
                raise ValueError(
                    f"search: {name} must have a list of choices or a range such as "
                    f'{{"low": 1e-4, "high": 0.1, "log": True}}, got {given!r}; what does not vary is fixed'
                )

    @property
    def names(self) -> list[str]:
        """The settings, in the order in which they are chosen."""
        return list(self.distributions)

    def suggest(self, trial: Trial, fixed: Mapping[str, Any], applies: Applies) -> dict[str, Any]:
        """The settings of a trial, as its study's sampler chooses them.

        Parameters
        ----------
        trial : optuna.trial.Trial
        fixed : mapping of str to anything
            Settings that do not vary.
        applies : callable
            ``applies(name, settings)``: settings without a meaning are not chosen.

        Returns
        -------
        dict of str to anything
            With those that are fixed.
        """
        settings = dict(fixed)
        for name, distribution in self.distributions.items():
            if applies(name, settings):
                settings[name] = self.value(name, _suggested(trial, name, distribution))
        return settings

    def value(self, name: str, shown: Any) -> Any:
        """What a trial's parameter, as optuna keeps it, stands for: a list of widths is kept as text."""
        return self._choices[name][shown] if name in self._choices else shown

    def points(self, fixed: Mapping[str, Any], applies: Applies) -> list[dict[str, Any]]:
        """Every combination, as optuna's parameters; each once, without settings that have no meaning in it.

        Raises
        ------
        ValueError
            If a range of numbers has no steps.
        """
        axes = {name: list(_steps(name, distribution)) for name, distribution in self.distributions.items()}
        points: dict[str, dict[str, Any]] = {}
        for combination in itertools.product(*axes.values()):
            settings, point = dict(fixed), {}
            for name, shown in zip(axes, combination, strict=True):
                if applies(name, settings):
                    point[name], settings[name] = shown, self.value(name, shown)
            points.setdefault(repr(point), point)
        return list(points.values())

    def ends(self) -> Iterator[tuple[str, Any]]:
        """Each setting with each of its choices, or with the ends of its range."""
        for name, distribution in self.distributions.items():
            if isinstance(distribution, distributions.CategoricalDistribution):
                yield from ((name, self.value(name, shown)) for shown in distribution.choices)
            else:
                yield from ((name, end) for end in (distribution.low, distribution.high))  # type: ignore[attr-defined]

    def describe(self) -> dict[str, str]:
        """The space as text, the same for the same space."""
        return {name: distributions.distribution_to_json(given) for name, given in self.distributions.items()}


def did_you_mean(name: str, known: list[str]) -> str:
    """The end of a message about a name that is not known: what may have been meant, or all there are."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"


def _choices(name: str, given: Any) -> dict[Any, Any]:
    """What each choice is kept as, and the choice."""
    if not given:
        raise ValueError(f"search: {name} has no choices")
    choices: dict[Any, Any] = {}
    for choice in given:
        shown = _shown(choice)
        if shown in choices:
            raise ValueError(f"search: {name} has the choice {choice!r} twice")
        choices[shown] = choice
    return choices


def _shown(choice: Any) -> Any:
    if choice is None or isinstance(choice, (bool, int, float, str)):
        return choice
    if callable(choice):
        return getattr(choice, "__name__", repr(choice))
    try:
        return json.dumps(choice)
    except TypeError:
        return repr(choice)


def _range(name: str, given: Mapping[str, Any]) -> BaseDistribution:
    unknown = [key for key in given if key not in RANGE]
    if unknown:
        raise ValueError(f"search: the range of {name} has {unknown[0]!r}; {did_you_mean(unknown[0], list(RANGE))}")
    if not {"low", "high"} <= set(given):
        raise ValueError(f"search: the range of {name} needs low and high, got {dict(given)!r}")
    low, high, step = given["low"], given["high"], given.get("step")
    for key, number in (("low", low), ("high", high), ("step", step)):
        if number is not None and (isinstance(number, bool) or not isinstance(number, (int, float))):
            raise ValueError(f"search: the range of {name}: {key} must be a number, got {number!r}")
    if not isinstance(given.get("log", False), bool):
        raise ValueError(f"search: the range of {name}: log must be true or false, got {given['log']!r}")
    if not low <= high:
        raise ValueError(f"search: the range of {name}: low={low} is above high={high}")
    whole = all(isinstance(number, int) for number in (low, high, 1 if step is None else step))
    options = {"log": given.get("log", False), "step": (1 if whole else None) if step is None else step}
    kind: Any = distributions.IntDistribution if whole else distributions.FloatDistribution
    try:
        return kind(low, high, **options)  # type: ignore[no-any-return]
    except ValueError as error:
        raise ValueError(f"search: the range of {name}: {error}") from error


def _steps(name: str, distribution: Any) -> Iterator[Any]:
    if isinstance(distribution, distributions.CategoricalDistribution):
        yield from distribution.choices
    elif distribution.log or distribution.step is None:
        raise ValueError(f"search: a grid needs choices or a step for {name}, which has a range without one")
    else:
        steps = int((distribution.high - distribution.low) / distribution.step + 1e-9)
        yield from (min(distribution.low + i * distribution.step, distribution.high) for i in range(steps + 1))


def _suggested(trial: Trial, name: str, distribution: Any) -> Any:
    if isinstance(distribution, distributions.CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    suggest: Any = trial.suggest_int if isinstance(distribution, distributions.IntDistribution) else trial.suggest_float
    return suggest(name, distribution.low, distribution.high, step=distribution.step, log=distribution.log)
