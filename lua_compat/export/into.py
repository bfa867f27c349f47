"""Named tensors into a loaded model: the way back from PyTorch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from lua_compat.errors import ExportError, MappingError
from lua_compat.export.files import read_state
from lua_compat.export.state import state_of
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor, backend

#: Ours to theirs, or None where the model has no names of that kind.
Names = dict[str, str]
#: Counts batches, for running means over all of them: a state may be without it.
_COUNTER = "num_batches_tracked"


def load_weights(
    model: Module, weights: str | os.PathLike[str] | Mapping[str, Any], *, names: str | None = None
) -> Module:
    """Puts named tensors, a ``state_dict`` of PyTorch's say, into a loaded model; the model's types stay.

    The names are those of ``model.state_dict()``, of the PyTorch source of the model (`write_model` to ``.py``), or of
    torchvision; ``"module."`` before all of them is left out. A counter ``num_batches_tracked`` may be missing on
    either side. Nothing changes where anything does not fit.

    Args:
        model: the model, which is changed.
        weights: a ``.safetensors``, ``.npz``, ``.pt`` or ``.pth`` file, or tensors or arrays by name.
        names: which names they are: ``"ours"``, ``"source"``, ``"torchvision"``; or ``"order"`` to take them in their
            order, whatever their names, where all shapes agree. None finds out by the names.

    Returns:
        The model.

    Raises:
        ExportError: with every name that is missing, every one that there is no place for, and every wrong shape.

    >>> from pytorch_from_lua import nn
    >>> model = nn.Sequential(nn.Linear(2, 1))
    >>> load_weights(model, {"0.weight": [[3.0, 4.0]], "0.bias": [0.5]})[0].bias.tolist()
    [0.5]
    >>> load_weights(model, {"0.weight": [[3.0, 4.0]], "0.offset": [0.5]})
    Traceback (most recent call last):
    lua_compat.errors.ExportError: weights do not fit the model
      missing: 0.bias (1,)
      unexpected: 0.offset (1,)
    """
    if names is not None and names not in (*NAMINGS, "order"):
        raise ExportError(f"names: needs one of {', '.join(map(repr, (*NAMINGS, 'order')))}, got {names!r}")
    where = "weights" if isinstance(weights, Mapping) else os.fspath(weights)
    held = weights if isinstance(weights, Mapping) else read_state(weights)
    given = _stripped({str(name): _array(where, name, value) for name, value in held.items()})
    state = state_of(model)
    if names == "order":
        pairs = _in_order(where, state, given)
    else:
        pairs = _by_name(where, model, state, given, names)
    for name, array in pairs.items():
        tensor = state[name]
        tensor.array[...] = backend.beside(array.astype(tensor.dtype.numpy, copy=False), tensor.array)
        tensor.bump()
    return model


def _array(where: str, name: Any, value: Any) -> np.ndarray[Any, Any]:
    if hasattr(value, "detach") and not isinstance(value, Tensor):  # PyTorch's own
        value = value.detach().cpu().numpy()
    array = np.asarray(backend.move(value.detach().array, "cpu") if isinstance(value, Tensor) else value)
    if array.dtype.kind not in "biuf":
        raise ExportError(f"{where}: {name} needs to be numbers, is {type(value).__name__}")
    return array


def _stripped(given: dict[str, Any]) -> dict[str, Any]:
    """Without what `DataParallel` puts before each name."""
    prefix = "module."
    return {n.removeprefix(prefix): a for n, a in given.items()} if all(n.startswith(prefix) for n in given) else given


# -- by name ---------------------------------------------------------------------------------------------------------


def _ours(model: Module) -> Names:
    return {name: name for name in state_of(model)}


def _source(model: Module) -> Names:
    from lua_compat.export.pytorch.source import source

    return source(model).names


def _torchvision(model: Module) -> Names:
    from lua_compat.export.torchvision import torchvision_names

    return torchvision_names(model)


#: The kinds of names that tensors may have, each as a function that gives ours to theirs.
NAMINGS: dict[str, Callable[[Module], Names]] = {"ours": _ours, "source": _source, "torchvision": _torchvision}


def _namings(model: Module, chosen: str | None) -> Iterator[tuple[str, Names]]:
    for name, naming in NAMINGS.items():
        if chosen is None or name == chosen:
            try:
                yield name, naming(model)
            except MappingError:
                if chosen is not None:
                    raise


def _by_name(
    where: str, model: Module, state: dict[str, Tensor], given: dict[str, Any], chosen: str | None
) -> dict[str, Any]:
    """The array for each tensor of ours, by the names that fit best."""
    best: tuple[int, str, Names] | None = None
    for name, found in _namings(model, chosen):
        common = len(set(found.values()) & set(given))
        if best is None or common > best[0]:
            best = common, name, found
    assert best is not None
    common, name, found = best
    whole = state
    if name == "torchvision":
        from lua_compat.export.torchvision import without_biases

        state = without_biases(model, state)
    wrong = [f"missing: {found[n]} {_told(t)}" for n, t in state.items() if found[n] not in given and not _counts(n)]
    theirs = set(found.values())
    wrong += [f"unexpected: {n} {a.shape}" for n, a in given.items() if n not in theirs and not _counts(n)]
    for n, t in state.items():
        array = given.get(found[n])
        if array is not None and array.shape != tuple(t.shape):
            wrong.append(f"of another shape: {found[n]} {array.shape}, the model has {_told(t)}")
    if wrong:
        hint = "" if common else "; no name is the model's: names='order' (--names order) takes them in their order"
        raise ExportError(f"{where} do not fit the model{hint}\n" + "\n".join([f"  {line}" for line in wrong]))
    zeros = {n: np.zeros(t.shape, t.dtype.numpy) for n, t in whole.items() if n not in state}
    return {n: given[found[n]] for n in state if found[n] in given} | zeros


def _told(tensor: Tensor) -> str:
    return str(tuple(tensor.shape))


def _counts(name: str) -> bool:
    return name.rpartition(".")[2] == _COUNTER


# -- in order --------------------------------------------------------------------------------------------------------


def _in_order(where: str, state: dict[str, Tensor], given: dict[str, Any]) -> dict[str, Any]:
    """The array for each tensor of ours, one after the other; a tensor that several modules share comes once."""
    ours, seen = [], set()
    for name, tensor in state.items():
        key = (id(tensor.storage()), tensor.storage_offset(), tensor.shape)
        if not _counts(name) and key not in seen:
            ours.append(name)
            seen.add(key)
    theirs = [name for name in given if not _counts(name)]
    wrong = []
    for name, other in zip(ours, theirs, strict=False):
        if given[other].shape != tuple(state[name].shape):
            wrong.append(f"of another shape: {other} {given[other].shape} comes where {name} {_told(state[name])} is")
    wrong += [f"missing: {name} {_told(state[name])}" for name in ours[len(theirs) :]]
    wrong += [f"unexpected: {name} {given[name].shape}" for name in theirs[len(ours) :]]
    if wrong:
        raise ExportError(f"{where} do not fit the model in their order\n" + "\n".join([f"  {w}" for w in wrong]))
    return {name: given[other] for name, other in zip(ours, theirs, strict=True)}
