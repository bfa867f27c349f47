"""All exception types of this package. Each also is the built-in type that a caller would think of first."""

from __future__ import annotations

from types import TracebackType


class TensorError(Exception):
    """The base of every error that this package raises on purpose.

    Its text begins with the tensor operation that was called, told from the traceback where the message does not name
    it itself: all operations share the code that finds a dimension missing, and to say in advance who asks would cost
    each call.
    """

    @property
    def message(self) -> str:
        """The text without the operation, for who names it otherwise: Lua's operations have other names."""
        return super().__str__()

    def __str__(self) -> str:
        text = super().__str__()
        name = _operation(self.__traceback__)
        return text if name is None or text.startswith((f"{name}:", f"{name}_:", f"{name}(")) else f"{name}: {text}"


def _operation(traceback: TracebackType | None) -> str | None:
    """The outermost public function of the tensor package in a traceback."""
    while traceback is not None:
        frame = traceback.tb_frame
        # A closure is what wraps a method or makes it from a table; the name asked for is another's.
        if frame.f_globals.get("__name__", "").startswith("pytorch_from_lua.tensor.") and not frame.f_code.co_freevars:
            name = frame.f_code.co_name
            return None if name.startswith("_") else name
        traceback = traceback.tb_next
    return None


class DTypeError(TensorError, TypeError):
    """An element type that the operation cannot take."""


class ShapeError(TensorError, ValueError):
    """Sizes that do not fit together."""


class DimensionError(TensorError, IndexError):
    """A dimension that the tensor does not have."""


class StorageError(TensorError, ValueError):
    """A storage that is too small, read-only or not of the type that was needed."""


class AllocationError(TensorError, MemoryError):
    """Memory that cannot be had."""


class DivisionError(TensorError, ZeroDivisionError):
    """Whole numbers divided by 0."""


class DeviceError(TensorError, RuntimeError):
    """Memory on another device than the one needed, or a device that this machine does not have."""


class AutogradError(TensorError, RuntimeError):
    """A gradient that cannot be computed: no graph, a graph used twice, a value changed in place since."""


class ModuleError(TensorError, ValueError):
    """A module that is put together or used in a way that it does not allow."""


class OptimizerError(TensorError, ValueError):
    """An optimizer that is given parameters or options that it cannot take."""


class RangeError(TensorError, ValueError):
    """A value (a label, an index, an option) outside of what the operation allows."""


class LinAlgError(TensorError, RuntimeError):
    """A matrix for which the operation is not defined: singular, not positive-definite, without real eigenvalues."""


class SerializationError(TensorError, ValueError):
    """Bytes that are no file of the format expected, or that hold what must not be loaded."""


class DataError(TensorError, RuntimeError):
    """A sample that could not be loaded, or samples that do not fit into one batch; the message names the index."""
