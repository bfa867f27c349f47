"""Element types: one frozen object each, known to numpy and by the name Torch7 gave its tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.errors import DTypeError, RangeError

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import DTypeLike


class DType:
    """An element type.

    Attributes:
        name: PyTorch's name, such as ``"float32"``.
        numpy: the ``numpy.dtype`` of the elements.
        torch7: the word in Torch7's class names (``"Float"`` for ``torch.FloatTensor``). Torch7 has no booleans;
            there they are bytes.
        is_floating_point: whether gradients can flow through elements of this type.
        is_signed: whether it has negative numbers.
        is_complex: False; there are no complex numbers here.
        itemsize: the size of one element in bytes.
    """

    __slots__ = ("is_floating_point", "is_signed", "itemsize", "name", "numpy", "torch7")
    name: str
    numpy: np.dtype[Any]
    torch7: str
    is_floating_point: bool
    is_signed: bool
    itemsize: int
    is_complex = False

    def __init__(self, name: str, torch7: str) -> None:
        self.name = name
        self.numpy = np.dtype(name)
        self.torch7 = torch7
        self.is_floating_point = self.numpy.kind == "f"
        self.is_signed = self.numpy.kind in "fi"
        self.itemsize = self.numpy.itemsize

    def __repr__(self) -> str:
        return f"pytorch_from_lua.{self.name}"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return DType.of, (self.name,)

    @staticmethod
    def of(given: Any) -> DType:
        """The element type that ``given`` names: a `DType`, a numpy dtype or scalar type, a name, or a Python type.

        Raises:
            DTypeError: where no tensor can hold such elements.

        >>> DType.of("float64"), DType.of(np.int64), DType.of(int), DType.of(float)
        (pytorch_from_lua.float64, pytorch_from_lua.int64, pytorch_from_lua.int64, pytorch_from_lua.float32)
        """
        if isinstance(given, DType):
            return given
        try:
            found = _BY_KEY.get(given)
        except TypeError:
            found = None
        if found is None and given is not None:  # numpy takes None for float64
            try:
                found = _BY_KEY.get(np.dtype(given).newbyteorder("="))
            except TypeError:
                found = None
        if found is None:
            allowed = ", ".join(t.name for t in ALL)
            raise DTypeError(f"dtype: no tensor holds elements of {given!r}; allowed are {allowed}")
        return found


uint8 = DType("uint8", "Byte")
int8 = DType("int8", "Char")
int16 = DType("int16", "Short")
int32 = DType("int32", "Int")
int64 = DType("int64", "Long")
float16 = DType("float16", "Half")
float32 = DType("float32", "Float")
float64 = DType("float64", "Double")
bool_ = DType("bool", "Byte")

ALL = (uint8, int8, int16, int32, int64, float16, float32, float64, bool_)

#: What a Torch7 class name says, to the element type: ``BY_TORCH7["Float"] is float32``.
BY_TORCH7 = {t.torch7: t for t in ALL if t is not bool_}

_BY_KEY: dict[Any, DType] = {}
for _t in ALL:
    _BY_KEY[_t.numpy] = _BY_KEY[_t.name] = _BY_KEY[_t.numpy.type] = _t
_BY_KEY.update({bool: bool_, int: int64, float: float32, "double": float64, "float": float32, "half": float16})
_BY_KEY.update({"long": int64, "int": int32, "short": int16, "byte": uint8, "char": int8})


class finfo:  # noqa: N801  (PyTorch's name)
    """The limits of a floating-point type; of the default one where none is given.

    Attributes:
        bits: the number of bits of an element.
        eps: the distance from 1 to the next larger number.
        max: the largest number.
        min: the smallest number, ``-max``.
        tiny: the smallest positive number in full precision; also ``smallest_normal``.
        resolution: ``10 ** -digits`` for the decimal digits that are always exact.
        dtype: the type's name.

    Raises:
        DTypeError: for any other type.

    >>> finfo("float32").eps
    1.1920928955078125e-07
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: DTypeLike | None = None) -> None:
        kind = get_default_dtype() if type is None else DType.of(type)
        if not kind.is_floating_point:
            raise DTypeError(f"type: needs a floating-point type, got {kind.name}; iinfo is for whole numbers")
        limits = np.finfo(kind.numpy)
        self.dtype, self.bits = kind.name, int(limits.bits)
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = float(limits.resolution)

    def __repr__(self) -> str:
        rest = f"min={self.min:g}, eps={self.eps:g}, smallest_normal={self.tiny:g}, tiny={self.tiny:g}"
        return f"finfo(resolution={self.resolution:g}, {rest}, max={self.max:g}, dtype={self.dtype})"


class iinfo:  # noqa: N801  (PyTorch's name)
    """The limits of an integer type.

    Attributes:
        bits: the number of bits of an element.
        max: the largest number.
        min: the smallest number.
        dtype: the type's name.

    Raises:
        DTypeError: for any other type.

    >>> iinfo("int8")
    iinfo(min=-128, max=127, dtype=int8)
    """

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: DTypeLike) -> None:
        kind = DType.of(type)
        if kind.numpy.kind not in "iu":
            raise DTypeError(f"type: needs an integer type, got {kind.name}; finfo is for floating-point ones")
        limits = np.iinfo(kind.numpy)
        self.dtype, self.bits, self.max, self.min = kind.name, limits.bits, int(limits.max), int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def check_span(low: int, high: int, dtype: DType) -> None:
    """Raises RangeError where a type cannot hold all whole numbers in [low, high)."""
    if dtype.is_floating_point:
        return
    limits = (0, 1) if dtype is bool_ else (iinfo(dtype).min, iinfo(dtype).max)
    if low < limits[0] or high - 1 > limits[1]:
        raise RangeError(
            f"from, to: {low} to {high} (left out) is not within {dtype.name}, which holds {limits[0]} to {limits[1]}"
        )


_default = float32


def get_default_dtype() -> DType:
    """The type of tensors made from Python floats; float32 at the start.

    >>> get_default_dtype()
    pytorch_from_lua.float32
    """
    return _default


def set_default_dtype(dtype: DTypeLike) -> None:
    """Chooses the type of tensors made from Python floats.

    Raises:
        DTypeError: where ``dtype`` is not a floating-point type.
    """
    global _default
    chosen = DType.of(dtype)
    if not chosen.is_floating_point:
        raise DTypeError(f"dtype: the default must be a floating-point type, got {chosen}")
    _default = chosen
