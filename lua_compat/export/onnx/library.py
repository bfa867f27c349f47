"""The only file that imports ``onnx``: a graph as ONNX's own objects, checked, and written to a file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO

from lua_compat.errors import ExportError
from lua_compat.export.onnx.graph import Array, Graph, Port

#: The newest set of operations that the tests run, and the oldest that has all that are used.
NEWEST_OPSET, OLDEST_OPSET = 28, 20
#: Versions of ONNX Runtime, and the newest set that each of them and those after it are known to read.
_RUNTIMES = (((1, 32), 28), ((1, 23), 23), ((1, 18), 21))
#: Weights of more bytes stand in a file beside the model: a protobuf message ends at 2 GiB.
LARGEST = 2**31 - 2**24
#: Constants of up to so many bytes, of which some are shapes, are part of what is checked and stay in the model.
_SMALL = 1024
#: Where elements begin in a file beside the model: at multiples of this, so that they can be mapped.
_ALIGNED = 4096


def library() -> Any:
    """The package ``onnx``.

    Raises:
        ExportError: where it is not installed.
    """
    try:
        import onnx
    except ImportError:
        raise ExportError("ONNX: needs the package onnx: pip install 'pytorch-from-lua[onnx]'") from None
    return onnx


def opset_of(wanted: int | None) -> int:
    """The set of operations to write: the one wanted, or the newest that is known here.

    That is known by this version, by the package ``onnx``, and by ONNX Runtime, if that is installed.

    Raises:
        ExportError: for one that does not have all that is needed, or that is not known.
    """
    newest = min(NEWEST_OPSET, library().defs.onnx_opset_version())
    if wanted is None:
        return min(newest, _read_by_the_runtime())
    if not OLDEST_OPSET <= wanted <= newest:
        raise ExportError(f"opset: allowed are {OLDEST_OPSET} to {newest}, got {wanted}")
    return wanted


def _read_by_the_runtime() -> int:
    """The newest set that the installed ONNX Runtime is known to read; where there is none, the newest of all."""
    for name in ("onnxruntime", "onnxruntime-gpu"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            major, minor = metadata.version(name).split(".")[:2]
            return next((read for since, read in _RUNTIMES if (int(major), int(minor)) >= since), OLDEST_OPSET)
    return NEWEST_OPSET


def save(graph: Graph, path: str | os.PathLike[str], opset: int, properties: dict[str, str]) -> None:
    """Checks the graph and writes it: beside the file first, then renamed into place.

    Weights of more than `LARGEST` bytes in all stand in a second file beside it, of the same name and ``.data``.
    """
    onnx = library()
    target = Path(os.path.realpath(path))
    model = _model(onnx, graph, opset, properties)
    _check(onnx, model, graph)
    apart = sum(array.nbytes for array in graph.constants.values()) > LARGEST
    data = target.name + ".data"
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        with open(Path(folder) / data, "wb") as beside:
            for name, array in graph.constants.items():
                tensor = _tensor(onnx.helper, model.graph.initializer.add(), name, array)
                if apart and array.nbytes > _SMALL:
                    _put_beside(onnx, tensor, array, beside)
                else:
                    tensor.raw_data = array.tobytes()
        with open(Path(folder) / target.name, "wb") as file:
            file.write(model.SerializeToString())
        if apart:
            os.replace(Path(folder) / data, target.parent / data)
        os.replace(Path(folder) / target.name, target)


def _model(onnx: Any, graph: Graph, opset: int, properties: dict[str, str]) -> Any:
    """All but the constants."""
    from pytorch_from_lua import __version__  # type: ignore[attr-defined]  # its stub has functions only

    helper = onnx.helper
    made = helper.make_graph(
        [helper.make_node(n.op, n.inputs, n.outputs, name=n.name, **n.attributes) for n in graph.nodes],
        "model",
        [_port(helper, port) for port in graph.inputs],
        [_port(helper, port) for port in graph.outputs],
        doc_string="\n".join(graph.notes),
    )
    imports = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        made,
        opset_imports=imports,
        ir_version=helper.find_min_ir_version_for(imports),
        producer_name="pytorch-from-lua",
        producer_version=__version__,
        doc_string="\n".join(graph.notes),
    )
    helper.set_model_props(model, properties)
    return model


def _check(onnx: Any, model: Any, graph: Graph) -> None:
    """Has ONNX check the model and the shapes in it; large constants, whose values do not matter, count as inputs."""
    checked = onnx.ModelProto()
    checked.CopyFrom(model)
    for name, array in graph.constants.items():
        if array.nbytes > _SMALL:
            checked.graph.input.append(_port(onnx.helper, Port(name, array.dtype, array.shape)))
        else:
            _tensor(onnx.helper, checked.graph.initializer.add(), name, array).raw_data = array.tobytes()
    try:
        onnx.checker.check_model(checked, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(
            f"ONNX: a module was given a type, or a shape, that its operation does not take: {error}"
        ) from None


def _tensor(helper: Any, tensor: Any, name: str, array: Array) -> Any:
    """The tensor, of which all but the elements is said now."""
    tensor.name = name
    tensor.dims.extend(array.shape)
    tensor.data_type = helper.np_dtype_to_tensor_dtype(array.dtype)
    return tensor


def _put_beside(onnx: Any, tensor: Any, array: Array, file: BinaryIO) -> None:
    """Writes the elements to a file, and says in the tensor where they are."""
    file.write(bytes(-file.tell() % _ALIGNED))
    tensor.data_location = onnx.TensorProto.EXTERNAL
    place = {"location": Path(file.name).name, "offset": file.tell(), "length": array.nbytes}
    for key, value in place.items():
        tensor.external_data.add(key=key, value=str(value))
    array.tofile(file)


def _port(helper: Any, port: Port) -> Any:
    shape = [dim if isinstance(dim, int) else str(dim) for dim in port.shape]
    return helper.make_tensor_value_info(port.name, helper.np_dtype_to_tensor_dtype(port.dtype), shape)
