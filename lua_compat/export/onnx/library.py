"""The only file that imports ``onnx``: a graph as ONNX's own objects, checked, and written to a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from lua_compat.errors import ExportError
from lua_compat.export.onnx.graph import Graph, Port

#: The newest set of operations that the tests run, and the oldest that has all that are used.
NEWEST_OPSET, OLDEST_OPSET = 28, 20
#: Weights of more bytes stand in a file beside the model: a protobuf message ends at 2 GiB.
LARGEST = 2**31 - 2**24


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
    """The set of operations to write: the one wanted, or the newest that this version and the package know.

    Raises:
        ExportError: for one that does not have all that is needed, or that is not known.
    """
    newest = min(NEWEST_OPSET, library().defs.onnx_opset_version())
    if wanted is None:
        return newest
    if not OLDEST_OPSET <= wanted <= newest:
        raise ExportError(f"opset: allowed are {OLDEST_OPSET} to {newest}, got {wanted}")
    return wanted


def save(graph: Graph, path: str | os.PathLike[str], opset: int, metadata: dict[str, str]) -> None:
    """Checks the graph and writes it: beside the file first, then renamed into place.

    Weights of more than `LARGEST` bytes stand in a second file beside it, of the same name and ``.data``.
    """
    onnx = library()
    target = Path(os.path.realpath(path))
    model = _model(onnx, graph, opset, metadata)
    apart = sum(array.nbytes for array in graph.constants.values()) > LARGEST
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        made = Path(folder) / target.name
        data = target.name + ".data"
        if apart:
            how = {"all_tensors_to_one_file": True, "location": data, "size_threshold": 1024}
            onnx.save_model(model, made, save_as_external_data=True, **how)
            onnx.checker.check_model(str(made), full_check=True)
            os.replace(made.parent / data, target.parent / data)
        else:
            onnx.checker.check_model(model, full_check=True)
            onnx.save_model(model, made)
        os.replace(made, target)


def _model(onnx: Any, graph: Graph, opset: int, metadata: dict[str, str]) -> Any:
    from pytorch_from_lua import __version__  # type: ignore[attr-defined]  # its stub has functions only

    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    made = helper.make_graph(
        [helper.make_node(n.op, n.inputs, n.outputs, name=n.name, **n.attributes) for n in graph.nodes],
        "model",
        [_port(helper, port) for port in graph.inputs],
        [_port(helper, port) for port in graph.outputs],
        [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
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
    helper.set_model_props(model, metadata)
    return model


def _port(helper: Any, port: Port) -> Any:
    shape = [dim if isinstance(dim, int) else str(dim) for dim in port.shape]
    return helper.make_tensor_value_info(port.name, helper.np_dtype_to_tensor_dtype(port.dtype), shape)
