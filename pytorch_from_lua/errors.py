"""All exception types of this package. Each also is the built-in type that a caller would think of first."""

from __future__ import annotations


class TensorError(Exception):
    """The base of every error that this package raises on purpose."""


class DTypeError(TensorError, TypeError):
    """An element type that the operation cannot take."""


class ShapeError(TensorError, ValueError):
    """Sizes that do not fit together."""


class DimensionError(TensorError, IndexError):
    """A dimension that the tensor does not have."""


class StorageError(TensorError, ValueError):
    """A storage that is too small, read-only or not of the type that was needed."""


class DeviceError(TensorError, RuntimeError):
    """Memory on another device than the one needed, or a device that this machine does not have."""


class AutogradError(TensorError, RuntimeError):
    """A gradient that cannot be computed: no graph, a graph used twice, a value changed in place since."""
