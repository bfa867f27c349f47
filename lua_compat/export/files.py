"""A model in a file of another program, chosen by the ending of its name; and named tensors out of such files."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lua_compat.errors import ExportError
from lua_compat.export.state import state_of
from pytorch_from_lua import safetensors
from pytorch_from_lua.nn import Module
from pytorch_from_lua.serialization import replaced
from pytorch_from_lua.tensor import Tensor, backend


class Options(NamedTuple):
    """What beside the model is said of a file.

    Attributes:
        input: the shape of an input, or a list of shapes.
        names: the names that tensors get: None is ours, ``"torchvision"`` torchvision's.
        source: the name of the file that the model comes from.
        opset: the version of ONNX's operations; None is the newest that is known.
    """

    input: Any = None
    names: str | None = None
    source: str = "model.t7"
    opset: int | None = None


#: Writes a model and gives the names of the files that came of it, and what is to be told.
Writer = Callable[[Module, Path, Options], list[str]]


def separate(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors one after another in memory, no two on the same."""
    found, seen = {}, set()
    for name, tensor in state.items():
        storage = id(tensor.storage())
        found[name] = tensor.detach().clone() if storage in seen else tensor.detach().contiguous()
        seen.add(storage)
    return found


def _named(module: Module, options: Options) -> dict[str, Tensor]:
    """The state under the names that are asked for."""
    if options.names is None:
        return state_of(module)
    if options.names != "torchvision":
        raise ExportError(f"names: needs to be 'torchvision', got {options.names!r}")
    from lua_compat.export.torchvision import state_for_torchvision

    return state_for_torchvision(module)


def _safetensors(module: Module, path: Path, options: Options) -> list[str]:
    safetensors.save_file(separate(_named(module, options)), path)
    return []


def _npz(module: Module, path: Path, options: Options) -> list[str]:
    arrays = {name: np.asarray(backend.move(t.detach().array, "cpu")) for name, t in _named(module, options).items()}
    with replaced(path) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # names are those of files within
    return []


def _pt(module: Module, path: Path, options: Options) -> list[str]:
    from lua_compat.export.pytorch import archive

    archive.save(_named(module, options), path)
    return []


def _t7(module: Module, path: Path, options: Options) -> list[str]:
    from lua_compat.mapping import save

    save(path, module)
    return []


def _py(module: Module, path: Path, options: Options) -> list[str]:
    from lua_compat.export.pytorch.source import write

    write(module, path, file=options.source, input=options.input)
    return [f"{path.with_suffix('.safetensors')} has its weights"]


def _onnx(module: Module, path: Path, options: Options) -> list[str]:
    from lua_compat.export.onnx import write

    return write(module, path, options.input, opset=options.opset)


#: Ending to what writes it.
WRITERS: dict[str, Writer] = {
    ".safetensors": _safetensors,
    ".npz": _npz,
    ".pt": _pt,
    ".pth": _pt,
    ".t7": _t7,
    ".py": _py,
    ".onnx": _onnx,
}
#: Those that hold tensors by name, which can be given to a model.
STATES = (".safetensors", ".npz", ".pt", ".pth")


def write_model(
    model: Module,
    path: str | os.PathLike[str],
    *,
    input: Any = None,
    names: str | None = None,
    source: str = "model.t7",
    opset: int | None = None,
) -> list[str]:
    """Writes a model in the form that the ending of the path says.

    ``.safetensors``, ``.npz`` and ``.pt`` (or ``.pth``) are its state by name; ``.py`` is the source of a PyTorch
    module, with a ``.safetensors`` beside it; ``.onnx`` a graph for evaluation; ``.t7`` Torch7's own. Files appear
    under their names when they are whole.

    Args:
        model: a loaded model.
        path: the file.
        input: the shape of an input, or a list of shapes, for what the model alone does not tell.
        names: ``"torchvision"`` for the names of torchvision's models, where the model is one of them.
        source: the name of the file that the model comes from, which a ``.py`` tells.
        opset: the version of ONNX's operations, for ``.onnx``; None is the newest that is known.

    Returns:
        What is to be known beside that, a line each.

    Raises:
        ExportError: for another ending, and where the model cannot be written in that form.

    >>> import tempfile
    >>> from pytorch_from_lua import nn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write_model(nn.Linear(2, 3), f"{folder}/weights.npz")
    ...     print(sorted(read_state(f"{folder}/weights.npz")))
    ['bias', 'weight']
    """
    target = Path(path)
    writer = WRITERS.get(target.suffix.lower())
    if writer is None:
        raise ExportError(f"{path}: the ending says the form; it needs to be one of {', '.join(WRITERS)}")
    if not isinstance(model, Module):
        raise ExportError(f"model: needs a module, got {type(model).__name__}")
    if names is not None and target.suffix.lower() not in STATES:
        raise ExportError(f"names: {target.suffix} has no names to choose; {', '.join(STATES)} have")
    if opset is not None and writer is not _onnx:
        raise ExportError(f"opset: goes with .onnx only, got {target.suffix}")
    return writer(model, target, Options(input, names, source, opset))


def read_state(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The named tensors of a ``.safetensors``, ``.npz``, ``.pt`` or ``.pth`` file.

    Of a checkpoint in a ``.pt`` the state in it is taken: what stands under ``state_dict``, ``model`` or the like.

    Raises:
        ExportError: for another ending, and where the file holds no named tensors.
        SerializationError: for a broken ``.safetensors``.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending == ".safetensors":
        return safetensors.load_file(target)
    if ending == ".npz":
        return _read_npz(target)
    if ending in (".pt", ".pth"):
        from lua_compat.export.pytorch import archive

        return _state_in(archive.load(target), str(path))
    raise ExportError(f"{path}: holds no named tensors; {', '.join(STATES)} do")


def _read_npz(path: Path) -> dict[str, Tensor]:
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise ExportError(f"{path}: is no .npz file of arrays ({error})") from error
    return {name: Tensor.from_array(array.copy(order="C")) for name, array in arrays.items()}


#: Where checkpoints have the state.
_KEYS = ("state_dict", "model_state_dict", "model", "net", "weights")


def _state_in(value: Any, path: str) -> dict[str, Tensor]:
    for _ in range(3):
        if isinstance(value, dict) and value and all(isinstance(v, Tensor) for v in value.values()):
            return {str(name): t for name, t in value.items()}
        held = [value[key] for key in _KEYS if isinstance(value, dict) and isinstance(value.get(key), dict)]
        if not held:
            break
        value = held[0]
    has = f"has {', '.join(map(repr, list(value)[:8]))}" if isinstance(value, dict) else f"is a {type(value).__name__}"
    raise ExportError(f"{path}: holds no named tensors, nor under {', '.join(_KEYS)}; it {has}")
