"""What a checkpoint has beside its model: options, the optimizer's state, logs of losses, and single values.

Checkpoints are tables that each script made up for itself, so this goes by what such tables usually look like: the
state of a method of `optim` by the tensors that the method keeps in it, options by the name of their table, a log by
being many numbers in a row. What a module holds is left to the module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lua_compat.inspection.places import OBJECTS, Place, children, walk
from lua_compat.t7.raw import RawStorage, RawTensor
from lua_compat.t7.values import T7Object, T7Table, TdsVec

#: The methods of `optim` by the fields that only their state has, the most telling first.
METHODS: tuple[tuple[str, frozenset[str]], ...] = (
    ("adam", frozenset({"t", "m", "v"})),
    ("adamax", frozenset({"t", "m", "u"})),
    ("adadelta", frozenset({"paramVariance", "accDelta"})),
    ("adagrad", frozenset({"paramVariance"})),
    ("lbfgs", frozenset({"old_dirs", "old_stps"})),
    ("rprop", frozenset({"delta", "stepsize"})),
    ("asgd", frozenset({"eta_t", "mu_t"})),
    ("rmsprop", frozenset({"m", "tmp"})),
    ("sgd or nag", frozenset({"dfdx"})),
    ("sgd", frozenset({"evalCounter", "learningRate"})),
)
#: A table with one of these and with a name that speaks of a method is a state too, before the first step.
_SETTINGS = frozenset({"learningRate", "learningRateDecay", "momentum", "weightDecay", "alpha", "beta1", "rho"})
_METHOD = re.compile(r"optim|sgd|adam|adagrad|adadelta|rmsprop|lbfgs|rprop|solver", re.IGNORECASE)
_OPTIONS = re.compile(r"(cmd)?_?(opts?|options?|args|arguments|params?|config|settings|hyper\w*)", re.IGNORECASE)
_LOG = re.compile(
    r"loss|err|acc|cost|perplex|ppl|score|reward|metric|curve|hist|log|top_?[15]|bleu|nll|rate", re.IGNORECASE
)
#: As many numbers in a row are a log, whatever their name.
_LONG_LOG = 16
#: What holds modules or their tensors: it is shown as a model.
_OF_MODULES = frozenset({"modules", "weight", "bias", "gradInput", "output"})


@dataclass(frozen=True)
class OptimizerState:
    """The state of an optimizer: the method that it looks like, or None, and the table."""

    place: Place
    method: str | None
    table: T7Table


@dataclass(frozen=True)
class Log:
    """Numbers in the order of their keys: ``x[i]`` is the key of ``y[i]``."""

    place: Place
    x: list[float]
    y: list[float]


@dataclass(frozen=True)
class Checkpoint:
    """What was found.

    Attributes:
        values: numbers, strings and booleans in the outermost table.
        options: tables of options, each with its place.
        optimizers: the states of optimizers.
        logs: series of numbers.
    """

    values: list[tuple[Any, Any]] = field(default_factory=list)
    options: list[tuple[Place, T7Table]] = field(default_factory=list)
    optimizers: list[OptimizerState] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.options or self.optimizers or self.logs)


def checkpoint(value: Any) -> Checkpoint:
    """What there is beside the models in a value that `RawBuilder` built."""
    found = Checkpoint()
    if isinstance(value, T7Table):
        found.values.extend((k, v) for k, v in children(value) if _is_scalar(v))
    for place, item in _outside_of_modules(value):
        log = _log(place, item)
        if log is not None:
            found.logs.append(log)
        if not isinstance(item, T7Table):
            continue
        method = _method(item)
        if method is not None or (_named(place, _METHOD) and _SETTINGS & _names(item)):
            found.optimizers.append(OptimizerState(place, method, item))
        elif _named(place, _OPTIONS, whole=True) and sum(map(_is_scalar, item.values())) > 0:
            found.options.append((place, item))
    found.logs[:] = [log for log in found.logs if not _below(log.place, found)]
    return found


def _below(place: Place, found: Checkpoint) -> bool:
    """Whether a place lies in an optimizer's state or in options."""
    holders = {id(state.place) for state in found.optimizers} | {id(where) for where, _ in found.options}
    up: Place | None = place
    while up is not None and id(up) not in holders:
        up = up.up
    return up is not None


def _outside_of_modules(value: Any) -> Iterator[tuple[Place, Any]]:
    """Places and objects in the order of `walk`, without those at a place in a module."""
    within: set[int] = set()
    for place, item in walk(value):
        if place.up is not None and id(place.up) in within:
            within.add(id(place))
            continue
        if isinstance(item, T7Object) and isinstance(item.contents, T7Table) and _OF_MODULES & _names(item.contents):
            within.add(id(place))
            continue
        yield place, item


def _names(table: T7Table) -> frozenset[str]:
    return frozenset([k for k in table.flat()[0::2] if isinstance(k, str)])


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, (bool, float, str, bytes))


def _named(place: Place, pattern: re.Pattern[str], *, whole: bool = False) -> bool:
    name = place.key
    return isinstance(name, str) and (pattern.fullmatch(name) if whole else pattern.search(name)) is not None


def _method(table: T7Table) -> str | None:
    names = _names(table)
    holds = any(isinstance(v, RawTensor) for v in table.values())
    for method, fields in METHODS:
        if fields <= names and (holds or method in ("sgd", "lbfgs", "asgd")):
            return method
    return None


def _log(place: Place, item: Any) -> Log | None:
    """The log that a table or a vector of numbers is, or None."""
    if isinstance(item, RawTensor) and len(item.shape) == 1:
        if place.up is None or not 2 <= item.shape[0] <= 1 << 20 or not _speaks_of_a_log(place):
            return None
        from lua_compat.inspection.statistics import array_of

        y = array_of(item).astype(float).tolist()
        return Log(place, [float(i) for i in range(1, len(y) + 1)], y)
    if isinstance(item, TdsVec):
        entries: list[tuple[Any, Any]] = [(float(i), v) for i, v in enumerate(item.items, 1)]
    elif isinstance(item, T7Table):
        entries = list(children(item)) if len(item) >= 2 and not _objects_in(item) else []
    else:
        return None
    if len(entries) < 2 or not all(type(k) is float and type(v) is float for k, v in entries):
        return None
    if len(entries) < _LONG_LOG and not _speaks_of_a_log(place):
        return None
    return Log(place, [k for k, _ in entries], [v for _, v in entries])


def _speaks_of_a_log(place: Place) -> bool:
    """Whether the last name on the way to a place is one that logs have."""
    name = next((k for k in reversed(place.steps()) if isinstance(k, (str, bytes))), "")
    return _LOG.search(name.decode("latin1") if isinstance(name, bytes) else name) is not None


def _objects_in(table: T7Table) -> bool:
    return any(isinstance(v, OBJECTS) for v in table.flat())


def tensors_in(table: T7Table) -> list[tuple[Place, RawTensor | RawStorage]]:
    """The tensors in a table, each once, with their places in it."""
    return [(place, item) for place, item in walk(table) if isinstance(item, (RawTensor, RawStorage))]
