"""Models as ONNX: ``write`` traces a model with an input and writes a graph that ONNX Runtime and others run."""

from lua_compat.export.onnx.trace import Call
from lua_compat.export.onnx.writing import write

__all__ = ["Call", "write"]
