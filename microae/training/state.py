"""The whole state of a training, as arrays and as what JSON can say: what a checkpoint holds.

With it a training goes on bit for bit as if it had never ended. So all that its numbers depend on is kept: weights and
what the optimiser remembers, each in its layout, for BLAS adds up by layout; every generator, and which of them are
one; the batch, and the order that its epoch began with; the rates, the callbacks, the history.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.history import History, Trajectory
from microae.nn.losses import named_losses
from microae.nn.module import Module
from microae.optim import OPTIMIZERS, Optimizer
from microae.training.run import Run, generators

Arrays = dict[str, Array]
Facts = dict[str, Any]


def packed(run: Run) -> tuple[Arrays, Facts]:
    """The state of a training.

    Parameters
    ----------
    run : Run

    Returns
    -------
    arrays : dict of str to array
    facts : dict
        Of what JSON can say.
    """
    model, history = run.model, run.history
    arrays, optimizer = _optimizer_packed(run.optimizer, model)
    arrays |= {f"model.{name}": value._array for name, value in model.named_parameters()}
    arrays |= {f"history.{name}": np.array(getattr(history, name), float) for name in _COLUMNS}
    trajectory = None
    if history.trajectory is not None:
        kept = history.trajectory
        arrays |= {"trajectory.data": kept.data, "trajectory.target": kept.target}
        arrays |= {f"trajectory.{i}": np.stack(states) for i, states in enumerate(zip(*kept.states, strict=True))}
        trajectory = {"epochs": kept.epochs, "most": kept.most, "stride": kept.stride}
    facts = {
        "optimizer": optimizer,
        "generators": _generators_packed(history.generator, model),
        "trajectory": trajectory,
        "backend": history.backend,
        "callbacks": [_callback_packed(callback) for callback in run.callbacks],
        "data": run.samples.fingerprint,
        "validation": None if run.validation is None else run.validation.fingerprint,
        "goal": run.goal,
        "batch_size": run.batch_size,
        "batch": run.batch,
        "total": run.total,
        "begun": run.begun,
        "asked": run.asked,
    }
    return arrays, facts


_COLUMNS = ("loss", "validation_loss", "seconds")


def loss_packed(loss: Any) -> str | None:
    """The name of a loss; None for the model's own, "?" for one that has none."""
    return None if loss is None else next((name for name, known in named_losses().items() if known is loss), "?")


# --- the optimiser -----------------------------------------------------------------------------------------------


def _optimizer_packed(optimizer: Optimizer, model: Module) -> tuple[Arrays, Facts]:
    names = {value: name for name, value in model.named_parameters()}
    if not set(optimizer.parameters) <= set(names):
        raise ValueError("fit: a checkpoint needs an optimiser of nothing but the model's parameters")
    said = optimizer.state_dict()
    arrays = {
        f"optimizer.{i}.{key}": np.asarray(part)
        for i, (parts, named) in enumerate(zip(optimizer.state, said["state"].values(), strict=True))
        for key, part in zip([key for key in named if key != "step"], parts, strict=True)
    }
    (group,) = said["param_groups"]
    return arrays, {
        "kind": next((name for name, kind in OPTIMIZERS.items() if kind is type(optimizer)), None),
        "class": type(optimizer).__name__,
        "parameters": [names[value] for value in optimizer.parameters],
        "hyperparameters": {key: value for key, value in group.items() if key != "params"},
        "steps": list(optimizer.steps),
    }


def unpacked_optimizer(optimizer: Optimizer | None, model: Module, arrays: Arrays, facts: Facts) -> Optimizer:
    """The optimiser of a state.

    Parameters
    ----------
    optimizer : Optimizer or None
        Of the model's parameters, to be given the state; by default one is made.
    model : Module
    arrays, facts : dict
        Of :func:`packed`.

    Returns
    -------
    Optimizer

    Raises
    ------
    ValueError
        If it is one of one's own and not given, or does not fit.
    """
    said, values = facts["optimizer"], dict(model.named_parameters())
    hyperparameters = said["hyperparameters"]
    if optimizer is None:
        if said["kind"] not in OPTIMIZERS:
            raise ValueError(
                f"its optimiser {said['class']} is not registered; make one of the model's parameters and pass both, "
                "as resume(path, data, model=net, optimizer=optimizer)"
            )
        kind: Any = OPTIMIZERS[said["kind"]]
        taken = kind.__init__.__code__.co_varnames[: kind.__init__.__code__.co_argcount]
        options = {key: value for key, value in hyperparameters.items() if key in taken}
        optimizer = kind([values[name] for name in said["parameters"]], **options)
    own = optimizer.state_dict()["param_groups"][0]
    group = {key: tuple(value) if isinstance(own.get(key), tuple) else value for key, value in hyperparameters.items()}
    state: dict[int, dict[str, Any]] = {i: {"step": steps} for i, steps in enumerate(said["steps"])}
    for name, part in arrays.items():
        where, _, rest = name.partition(".")
        if where == "optimizer":
            i, _, key = rest.partition(".")
            state[int(i)][key] = part
    optimizer.load_state_dict({"state": state, "param_groups": [group | {"params": list(state)}]})
    return optimizer


# --- random generators -------------------------------------------------------------------------------------------


def _generators_packed(orders: np.random.Generator, model: Module) -> Facts:
    """The states of all generators, and which of them draws where: modules may share one, with the orders too."""
    distinct = [orders]
    places: dict[str, int] = {}
    for path, module, name in generators(model):
        rng = getattr(module, name)
        if not any(rng is known for known in distinct):
            distinct.append(rng)
        places[path] = next(i for i, known in enumerate(distinct) if known is rng)
    return {"states": [rng.bit_generator.state for rng in distinct], "places": places}


def unpacked_generators(model: Module, facts: Facts) -> np.random.Generator:
    """Give a model the generators of a state; return that of the orders.

    Parameters
    ----------
    model : Module
    facts : dict
        Of :func:`packed`.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    ValueError
        If the model has generators elsewhere.
    """
    said = facts["generators"]
    distinct = []
    for state in said["states"]:
        rng = np.random.Generator(getattr(np.random, state["bit_generator"])())
        rng.bit_generator.state = state
        distinct.append(rng)
    places = list(generators(model))
    if {path for path, _, _ in places} != set(said["places"]):
        raise ValueError(f"the model draws random numbers in {sorted(said['places'])}, the one given elsewhere")
    for path, module, name in places:
        setattr(module, name, distinct[said["places"][path]])
    return distinct[0]


# --- the history, the callbacks ----------------------------------------------------------------------------------


def unpacked_history(model: Module, arrays: Arrays, facts: Facts) -> History:
    """The history of a state.

    Parameters
    ----------
    model : Module
    arrays, facts : dict
        Of :func:`packed`.

    Returns
    -------
    History
    """
    history = unpacked_losses(arrays)
    history.backend = facts["backend"]
    said = facts["trajectory"]
    if said is not None:
        kept = Trajectory(model, arrays["trajectory.data"], arrays["trajectory.target"], said["most"])
        kept.epochs, kept.stride = said["epochs"], said["stride"]
        stacks = [arrays[f"trajectory.{i}"] for i in range(len(model.parameters()))]
        kept.states = [[stack[i] for stack in stacks] for i in range(len(kept.epochs))]
        history.trajectory = kept
    return history


def unpacked_losses(arrays: Arrays) -> History:
    """The history of a state, with no more than its losses and times."""
    return History(**{name: arrays[f"history.{name}"].tolist() for name in _COLUMNS})


def _callback_packed(callback: Any) -> Any:
    """What :func:`microae.training.callbacks.rebuilt` needs; of one's own callbacks only the name."""
    if hasattr(callback, "configuration"):
        return callback.configuration()
    return {"kind": None, "name": getattr(callback, "__qualname__", type(callback).__qualname__)}
