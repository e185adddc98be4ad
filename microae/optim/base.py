"""The base class of optimisers: it keeps the parameters, and moves each by ``update``.

An update is written once, in operators. It runs on plain arrays; while a step is being recorded the same lines run on
Values in the stage "update", so that the update is part of the graph. Either way a parameter is rebound to its new
data, never changed in place, so that graphs made before stay true.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from microae.arguments import not_negative
from microae.core.arrays import FLOAT32, FLOAT64
from microae.core.context import current
from microae.core.value import Value

State = tuple[Any, ...]


class Optimizer:
    """Base class: keeps the parameters, clears their gradients, applies ``update`` to each.

    Your own optimiser is a subclass with an ``update`` and, if it remembers anything, an ``init_state``. Set its
    hyperparameters before calling ``super().__init__``, which makes the states.

    Parameters
    ----------
    parameters : iterable of leaf Values
    lr : float
        The learning rate.
    weight_decay : float
        For the subclass to use.

    Attributes
    ----------
    parameters : list of Value
    state : list of tuple
        For each parameter what the optimiser remembers, complete from the start.
    steps : list of int
        How often each parameter has been updated.
    replayable : bool
        Declared by the class: whether ``update`` may be run again to record it, because all it does is compute. If
        not, it is run once, on Values, while a step is recorded.
    state_names : tuple of str
        Declared by the class: what the arrays of a ``state`` are called in :meth:`state_dict`.
    formulas : dict of str to str
        Declared by the class: what a program subtracts from W, as it writes it with N for numbers, and its formula.
    usual_lr : float
        The learning rate that ``microae train`` takes by default; set by :func:`optimizer`.

    Raises
    ------
    TypeError
        If the parameters are not an iterable of leaf Values.
    ValueError
        If there are none, one is given twice, or a number is negative.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> class SignDescent(ma.Optimizer):
    ...     replayable = True
    ...     def update(self, p, g, state, lr, step):
    ...         return p - lr * np.sign(g), state
    >>> w = ma.Value([1.0, -2.0])
    >>> optimizer = SignDescent([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    Value([ 0.5, -1.5])
    """

    replayable: ClassVar[bool] = False
    state_names: ClassVar[tuple[str, ...]] = ()
    formulas: ClassVar[dict[str, str]] = {}
    usual_lr: ClassVar[float]

    def __init_subclass__(cls) -> None:
        code = getattr(vars(cls).get("update"), "__code__", None)
        if code is not None and code.co_argcount < 6 and not code.co_flags & inspect.CO_VARARGS:
            raise TypeError(
                f"{cls.__name__}: an optimiser's update is update(self, p, g, state, lr, step); what it remembers "
                "starts in init_state(self, p)"
            )
        if "update" in vars(cls) and "replayable" not in vars(cls):
            cls.replayable = False  # what a class declares says nothing about the update of its subclass

    def __init__(self, parameters: Iterable[Value], lr: float, weight_decay: float = 0.0) -> None:
        name = type(self).__name__
        if isinstance(parameters, Value) or not isinstance(parameters, Iterable):
            raise TypeError(f"{name}: the parameters must be a list of Values, such as [w] or net.parameters()")
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError(f"{name}: there are no parameters to optimise")
        for i, p in enumerate(self.parameters):
            if not isinstance(p, Value) or p.operation is not None:
                raise TypeError(f"{name}: parameter {i} must be a leaf Value, got {p!r}")
        if len(set(self.parameters)) != len(self.parameters):
            raise ValueError(f"{name}: a parameter is given twice; it would be updated twice in each step")
        self.lr = lr
        self.weight_decay = not_negative(name, "weight_decay", weight_decay)
        self.state: list[State] = [self.init_state(p._array) for p in self.parameters]
        self.steps = [0] * len(self.parameters)

    @property
    def lr(self) -> float:
        """The learning rate; may be set between steps."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        if (trace := current().trace) is not None:
            trace.set_lr(self)
        self._lr = not_negative(type(self).__name__, "lr", lr)
        # One array per dtype: NumPy is slower to convert a Python number.
        with np.errstate(over="ignore"):
            self._rates = {dtype: np.array(self._lr, dtype) for dtype in (FLOAT64, FLOAT32)}

    def rate(self, p: Value) -> Any:
        """The learning rate in the dtype of a parameter."""
        return self._rates[p._array.dtype]

    def zero_grad(self) -> None:
        """Set every parameter's ``grad`` to ``None``."""
        for p in self.parameters:
            p._grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient; if none has, a ``UserWarning`` says so."""
        recorder, trace = current().recorder, current().trace
        if trace is not None:
            trace.update(self)
            return
        if recorder is not None and not self.replayable:
            self._step_on_values(recorder.replay())
            return
        if recorder is not None:
            recorder.note_updates(self)
        state, steps, rates, update = self.state, self.steps, self._rates, self.update
        idle = True
        for i, p in enumerate(self.parameters):
            data, g = p._array, p._grad
            if g is not None:
                idle = False
                step = steps[i] = steps[i] + 1
                new, state[i] = update(data, g, state[i], rates[data.dtype], step)
                if step == 1:
                    self._check(p, new)
                p._array = new
        if idle:
            self.warn_idle(3)

    def warn_idle(self, stacklevel: int) -> None:
        """Say that a step has changed nothing."""
        what = "no parameter has a gradient; call loss.backward() first"
        warnings.warn(f"{type(self).__name__}.step: {what}", stacklevel=stacklevel)

    def _check(self, p: Value, new: Any) -> None:
        """Refuse an update that makes something else of a parameter."""
        if np.shape(new) != p.shape or getattr(new, "dtype", None) != p.dtype:
            raise ValueError(
                f"{type(self).__name__}.update: {p._name} has shape {p.shape} and dtype {p.dtype}, the "
                f"new one shape {np.shape(new)} and dtype {np.asarray(new).dtype}; they must be equal"
            )

    def _step_on_values(self, recorder: Any) -> None:
        """Record the updates while they run: they may have side effects, so run each once."""
        for i, p in enumerate(self.parameters):
            if p._grad is None:
                continue
            self.steps[i] += 1
            update = recorder.record_update(self, p, p._array, p._grad, self.state[i], self.steps[i])
            self._check(p, update.after._array)
            p._array = update.after._array
            self.state[i] = tuple(part._array if isinstance(part, Value) else part for part in update.state)

    def _hyperparameters(self) -> dict[str, Any]:
        own = {name: given for name, given in vars(self).items() if not name.startswith("_")}
        return {"lr": self._lr} | {name: own[name] for name in own if name not in ("parameters", "state", "steps")}

    def state_dict(self) -> dict[str, Any]:
        """What the optimiser remembers and how it is set, as PyTorch's ``state_dict``: to be saved and loaded again.

        Returns
        -------
        dict
            ``"state"``: for the number of each parameter its ``"step"`` and, by their names, copies of its arrays;
            ``"param_groups"``: a list of one dict with ``"lr"``, the other hyperparameters and the ``"params"``.

        Examples
        --------
        >>> import microae as ma
        >>> w = ma.Value([1.0, -2.0])
        >>> optimizer = ma.SGD([w], lr=0.1, momentum=0.9)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> kept = optimizer.state_dict()
        >>> kept["state"]
        {0: {'step': 1, 'momentum_buffer': array([ 2., -4.])}}
        >>> optimizer.load_state_dict(kept)
        """
        state = {
            i: {"step": steps, **{self._state_name(j): np.array(part)[()] for j, part in enumerate(parts)}}
            for i, (steps, parts) in enumerate(zip(self.steps, self.state, strict=True))
        }
        return {"state": state, "param_groups": [{**self._hyperparameters(), "params": list(range(len(self.steps)))}]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on as the optimiser did of which this is the ``state_dict``, with its hyperparameters.

        Parameters
        ----------
        state_dict : dict
            What :meth:`state_dict` returned for parameters of the same shapes in the same order. Copied, and given
            the dtypes of the parameters. A parameter that is not in it starts anew, as one without steps in PyTorch.

        Raises
        ------
        ValueError
            If it is of another kind of optimiser or other parameters; nothing has been changed then.
        """
        name = f"{type(self).__name__}.load_state_dict"
        try:
            (group,), given = state_dict["param_groups"], state_dict["state"]
            hyperparameters = {key: value for key, value in group.items() if key != "params"}
            count = len(group["params"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ValueError(
                f"{name}: needs what state_dict() returns, with 'state' and one of 'param_groups'"
            ) from None
        own = self._hyperparameters()
        if set(hyperparameters) != set(own):
            raise ValueError(f"{name}: it has {sorted(hyperparameters)}, this optimiser {sorted(own)}")
        if count != len(self.parameters):
            raise ValueError(f"{name}: it is of {count} parameters, this optimiser has {len(self.parameters)}")
        changed = self.frozen()
        for key, value in hyperparameters.items():
            setattr(changed, key, value)
        restored = [changed._loaded(name, i, given.get(i, {})) for i in range(count)]
        for key, value in hyperparameters.items():
            setattr(self, key, value)
        self.steps[:], self.state[:] = [steps for steps, _ in restored], [parts for _, parts in restored]

    def _loaded(self, user: str, i: int, given: dict[str, Any]) -> tuple[int, State]:
        """The steps and the state of a parameter."""
        p = self.parameters[i]._array
        start = self.init_state(p)
        names = [self._state_name(j) for j in range(len(start))]
        if not given:
            return 0, start
        if set(given) != {"step", *names}:
            raise ValueError(f"{user}: parameter {i} has {sorted(given)}, this optimiser remembers {['step', *names]}")
        parts = []
        for name, first in zip(names, start, strict=True):
            part = np.array(given[name], np.asarray(first).dtype)[()]
            if np.shape(part) != np.shape(first):
                raise ValueError(f"{user}: {name} of parameter {i} has shape {np.shape(part)}, not {np.shape(first)}")
            parts.append(part)
        return int(given["step"]), tuple(parts)

    def _state_name(self, j: int) -> str:
        return self.state_names[j] if j < len(self.state_names) else f"state{j}"

    def frozen(self) -> Optimizer:
        """A copy with the present hyperparameters."""
        return copy.copy(self)

    def init_state(self, p: Any) -> State:
        """What is remembered about a parameter before its first update.

        Parameters
        ----------
        p : array
            The parameter's data.

        Returns
        -------
        tuple
            Empty unless a subclass says otherwise.
        """
        return ()

    def update(self, p: Any, g: Any, state: State, lr: Any, step: int) -> tuple[Any, State]:
        """The new data and state of a parameter.

        Parameters
        ----------
        p, g : array
            Its data and its gradient, of one shape.
        state : tuple
            What ``init_state`` or the previous update returned.
        lr : array of shape ()
            The learning rate, in the parameter's dtype.
        step : int
            The number of this update of the parameter, from 1.

        Returns
        -------
        p : array
        state : tuple
        """
        raise NotImplementedError(f"{type(self).__name__} has no update(self, p, g, state, lr, step)")


def zeros_like(p: Any) -> Any:
    return np.zeros(p.shape, p.dtype)[()]
