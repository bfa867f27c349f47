"""Writing a model as ONNX and running it in ONNX Runtime, beside our own answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from lua_compat.export.onnx import write
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor

TOLERANCE = 1e-4


def fresh(value: Any) -> Any:
    """A copy, so that a module that works in place cannot change it."""
    return tree_map(lambda t: Tensor.from_array(t.array.copy()), value)


class Written:
    """A model as a file and in the runtime.

    Attributes:
        notes: what `write` told.
        session: the runtime's.
        batch: for each input the dimension of the batch, or None.
    """

    def __init__(self, model: Any, folder: Path, input: Any, **more: Any) -> None:
        self.model, self.path = model, folder / "model.onnx"
        self.notes = write(model, self.path, input, **more)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(self.path, options, providers=["CPUExecutionProvider"])
        shapes = [port.shape for port in self.session.get_inputs()]
        self.batch = [shape.index("batch") if "batch" in shape else None for shape in shapes]

    @property
    def any_batch(self) -> bool:
        """Whether it takes batches of any size."""
        return any(dim is not None for dim in self.batch)

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs."""
        return [port.name for port in self.session.get_inputs()]

    def run(self, input: Any) -> list[Any]:
        """What the runtime gives."""
        tensors = [t.array for t in tree_leaves(input)]
        given = [t.astype(np.float32) if t.dtype.kind == "f" else t for t in tensors]
        return list(self.session.run(None, dict(zip(self.inputs, given, strict=True))))

    def agree(self, input: Any, call: Any = None) -> None:
        """Fails where it does not give what the model gives in evaluation."""
        self.model.eval()
        ours = self.model(fresh(input)) if call is None else call(fresh(input))
        wanted, got = [t.array for t in tree_leaves(ours)], self.run(input)
        assert len(got) == len(wanted) > 0
        for g, w in zip(got, wanted, strict=True):
            assert g.shape == w.shape
            np.testing.assert_allclose(g, w, rtol=TOLERANCE, atol=TOLERANCE)

    def with_batch(self, input: Any, count: int) -> Any:
        """The input with so many samples."""
        dims = iter(self.batch)

        def taken(t: Tensor) -> Tensor:
            dim = next(dims)
            if dim is None:
                return t
            return Tensor.from_array(np.ascontiguousarray(np.take(t.array, np.arange(count) % t.shape[dim], axis=dim)))

        return tree_map(taken, input)
