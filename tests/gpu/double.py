"""A double of cupy for machines without a GPU: its names over numpy, and its refusals.

What is written for both kinds of arrays goes wrong on a GPU in a few ways, and the double goes wrong with it: a
function, argument or attribute that cupy does not have (``cupy_names.txt`` lists what it has), an array of numpy's
where one of cupy's is needed, an implicit way back to the host, a scalar where an array of no dimensions comes out.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

_LINES = Path(__file__).with_name("cupy_names.txt").read_text(encoding="utf-8").splitlines()
#: Each name of cupy's and of cupyx's, with what it takes: "ufunc", "type", the parameters, or "..." for not known.
NAMES = {name: takes.strip() for name, _, takes in (line.partition(":") for line in _LINES)}

_WHOLE = "int32 int64 uint32 uint64"
#: The element types that ``ufunc.at`` takes, by name.
_AT = {
    "add": f"{_WHOLE} float16 float32 float64",
    "subtract": "int32 uint32",
    "maximum": f"{_WHOLE} float32 float64",
    "minimum": f"{_WHOLE} float32 float64",
    "bitwise_and": _WHOLE,
    "bitwise_or": _WHOLE,
    "bitwise_xor": _WHOLE,
}
_UFUNC_OPTIONS = {"out", "dtype", "casting", "where"}


class CUDARuntimeError(RuntimeError):
    """What cupy raises for a device that is not there."""


class Pointer:
    """The address of an element: a buffer of the host's and an offset in bytes."""

    def __init__(self, buffer: np.ndarray[Any, Any], offset: int = 0) -> None:
        self.buffer = buffer
        self.offset = offset

    def __add__(self, offset: int) -> Pointer:
        return Pointer(self.buffer, self.offset + offset)

    @property
    def ptr(self) -> int:
        return int(self.buffer.ctypes.data) + self.offset


class Device:
    """The one GPU, as a context."""

    def __init__(self, number: int = 0) -> None:
        if number:
            raise CUDARuntimeError(f"cudaErrorInvalidDevice: no device {number}")
        self.id = number

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def synchronize(self) -> None:
        return None


def host(given: Any) -> Any:
    """What numpy is called with: the host's arrays for the double's; numpy's own arrays are refused as cupy does."""
    if isinstance(given, ndarray):
        return given.on_host
    if isinstance(given, np.ndarray):
        raise TypeError(f"Unsupported type {type(given)}")
    if type(given) in (tuple, list):
        return type(given)(map(host, given))
    if isinstance(given, Function | Ufunc):
        return given.of_numpy
    return given


def indexed(given: Any) -> Any:
    """As `host`, for an index: cupy takes numpy's arrays there."""
    if isinstance(given, ndarray):
        return given.on_host
    return tuple(map(indexed, given)) if type(given) is tuple else given


def back(found: Any) -> Any:
    """What cupy returns: arrays, of no dimensions where numpy has scalars."""
    if isinstance(found, np.ndarray | np.generic) and found.dtype.kind != "O":
        return ndarray.of(np.asarray(found))
    if isinstance(found, tuple) and hasattr(found, "_fields"):
        return type(found)(*map(back, found))
    return type(found)(map(back, found)) if type(found) in (tuple, list) else found


def _operator(name: str) -> Callable[..., Any]:
    def method(self: ndarray, *others: Any) -> Any:
        try:
            found = getattr(self.on_host, name)(*map(host, others))
        except (TypeError, ValueError):
            raise
        return NotImplemented if found is NotImplemented else back(found)

    return method


def _in_place(name: str) -> Callable[..., Any]:
    def method(self: ndarray, other: Any) -> ndarray:
        getattr(operator, name)(self.on_host, host(other))
        return self

    return method


class ndarray:  # the name that it doubles
    """An array that says it is cupy's."""

    __slots__ = ("on_host",)
    __module__ = "cupy"
    __hash__ = None  # type: ignore[assignment]
    __array_priority__ = 100.0
    device = Device()

    def __init__(
        self, shape: Any, dtype: Any = float, memptr: Pointer | None = None, strides: Any = None, order: str = "C"
    ) -> None:
        if memptr is None:
            self.on_host = np.empty(shape, dtype, order=order)  # type: ignore[call-overload]
        else:
            self.on_host = np.ndarray(shape, dtype, memptr.buffer.view(np.uint8), memptr.offset, strides)

    @classmethod
    def of(cls, array: np.ndarray[Any, Any]) -> ndarray:
        made = cls.__new__(cls)
        made.on_host = array
        return made

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """As numpy's functions do with cupy's arrays: by cupy's function of that name."""
        if "out" in options:
            options["out"] = options["out"][0] if len(options["out"]) == 1 else options["out"]
        function = getattr(sys.modules["cupy"], ufunc.__name__)
        return (function if method == "__call__" else getattr(function, method))(*inputs, **options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        path = f"{function.__module__}.{function.__name__}".partition(".")[2]
        return attribute(path)(*args, **options)

    def __getattr__(self, name: str) -> Any:
        if f"ndarray.{name}" not in NAMES:
            raise AttributeError(f"'ndarray' object has no attribute {name!r}")
        if name == "data":
            root = self.on_host
            while isinstance(root.base, np.ndarray):
                root = root.base
            flat = root.reshape(-1) if root.flags.c_contiguous else root.ravel("K")
            return Pointer(flat, self.on_host.ctypes.data - flat.ctypes.data)
        if name in ("scatter_add", "scatter_max", "scatter_min"):
            ufunc = {"scatter_add": np.add, "scatter_max": np.maximum, "scatter_min": np.minimum}[name]
            return lambda slices, value: ufunc.at(self.on_host, indexed(slices), host(value))  # type: ignore[attr-defined]
        if name == "get":
            return self.on_host.copy
        found = getattr(self.on_host, name)
        if name in ("item", "tolist", "tobytes", "dump", "dumps", "tofile"):
            return found
        return Function(f"ndarray.{name}", found) if callable(found) else back(found)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "on_host":
            object.__setattr__(self, name, value)
        else:
            setattr(self.on_host, name, value)

    def __getitem__(self, index: Any) -> ndarray:
        return ndarray.of(np.asarray(self.on_host[indexed(index)]))

    def __setitem__(self, index: Any, value: Any) -> None:
        self.on_host[indexed(index)] = host(value)

    def __len__(self) -> int:
        return len(self.on_host)

    def __repr__(self) -> str:
        return repr(self.on_host)

    def __format__(self, spec: str) -> str:
        return format(self.on_host, spec)

    def __bool__(self) -> bool:
        return bool(self.on_host)

    def __int__(self) -> int:
        return int(self.on_host)

    def __float__(self) -> float:
        return float(self.on_host)

    def __reduce__(self) -> Any:
        return ndarray.of, (self.on_host,)

    def __copy__(self) -> ndarray:
        return ndarray.of(self.on_host.copy())

    def __deepcopy__(self, _: Any) -> ndarray:
        return ndarray.of(self.on_host.copy())


_OF_TWO = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift", "matmul")
for _name in (*_OF_TWO, "divmod"):
    setattr(ndarray, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(ndarray, f"__r{_name}__", _operator(f"__r{_name}__"))
for _name in _OF_TWO[:-1]:
    setattr(ndarray, f"__i{_name}__", _in_place(f"i{_name}"))
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert"):
    setattr(ndarray, f"__{_name}__", _operator(f"__{_name}__"))


class Function:
    """One of cupy's functions: takes its parameters and its arrays, no others."""

    def __init__(self, name: str, of_numpy: Any) -> None:
        self.__name__ = name
        self.of_numpy = of_numpy
        self.takes = NAMES[name].split()

    def __call__(self, *args: Any, **options: Any) -> Any:
        if "..." not in self.takes and "**kwargs" not in self.takes:
            unknown = set(options) - set(self.takes)
            if unknown:
                raise TypeError(f"{self.__name__}() got an unexpected keyword argument {unknown.pop()!r}")
        out = options.get("out")
        options.pop("blocking", None)
        axis = options.get("axis", args[0] if args and "axis" in self.takes[:1] else None)
        if isinstance(axis, int) and getattr(getattr(self.of_numpy, "__self__", None), "ndim", 1) == 0:
            raise np.exceptions.AxisError(axis, 0)  # numpy lets one pass
        found = self.of_numpy(*map(host, args), **{name: host(value) for name, value in options.items()})
        return out if isinstance(out, ndarray) else back(found)


class Ufunc(Function):
    """One of cupy's universal functions."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        unknown = set(options) - _UFUNC_OPTIONS
        if unknown:
            raise TypeError(f"Wrong arguments {unknown}")
        positional = args[self.of_numpy.nin :]
        out = options.get("out", positional[0] if positional else None)
        found = self.of_numpy(*map(host, args), **{name: host(value) for name, value in options.items()})
        return out if isinstance(out, ndarray) else back(found)

    def reduce(self, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        if isinstance(axis, int) and array.ndim == 0:
            raise np.exceptions.AxisError(axis, 0)
        if self.of_numpy not in (np.add, np.multiply):
            raise NotImplementedError(f"`{self.__name__}.reduce` is not supported yet")
        found = self.of_numpy.reduce(host(array), axis, dtype, host(out), keepdims)
        return out if out is not None else back(found)

    def accumulate(self, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        if self.of_numpy not in (np.add, np.multiply):  # as cupy says where it has none
            raise NotImplementedError(f"`{self.__name__}.accumulate` is not supported yet")
        found = self.of_numpy.accumulate(host(array), axis, dtype, host(out))
        return out if out is not None else back(found)

    def reduceat(self, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        if self.of_numpy is not np.add:
            raise NotImplementedError(f"`{self.__name__}.reduceat` is not supported yet")
        return back(self.of_numpy.reduceat(host(array), host(indices), axis, dtype, host(out)))

    def at(self, a: Any, indices: Any, b: Any = None) -> None:
        if self.__name__ not in _AT:
            raise NotImplementedError(f"`{self.__name__}.at` is not supported yet")
        if a.dtype.name not in _AT[self.__name__].split():
            raise TypeError(f"cupy.{self.__name__}.at only supports {_AT[self.__name__]}, got {a.dtype}")
        self.of_numpy.at(host(a), indexed(indices), host(b))

    def outer(self, a: Any, b: Any, **options: Any) -> Any:
        return back(self.of_numpy.outer(host(a), host(b), **options))


def _asarray(given: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, blocking: bool = False) -> ndarray:
    array = given.on_host if isinstance(given, ndarray) else given
    made = np.array(array, dtype, copy=not isinstance(given, ndarray) or bool(copy) or None, order=order or "K")  # type: ignore[call-overload]
    if made.dtype.kind not in "?bhilqpBHILQPefdFDiufcb":
        raise ValueError(f"Unsupported dtype {made.dtype}")
    return ndarray.of(made)


def _array(given: Any, dtype: Any = None, copy: bool = True, order: str = "K", **_: Any) -> ndarray:
    return _asarray(given, dtype, order, copy=copy)


def _asnumpy(given: Any, stream: Any = None, order: str = "C", out: Any = None, *, blocking: bool = True) -> Any:
    return given.on_host.copy() if isinstance(given, ndarray) else np.asarray(given)


def _scatter_add(target: ndarray, slices: Any, value: Any) -> None:
    np.add.at(target.on_host, indexed(slices), host(value))


def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if not isinstance(condition, ndarray):
        raise AttributeError(f"{type(condition).__name__!r} object has no attribute 'astype'")
    return back(np.where(host(condition)) if x is None else np.where(host(condition), host(x), host(y)))


_OWN = {
    "where": _where,
    "asarray": _asarray,
    "asanyarray": _asarray,
    "array": _array,
    "asnumpy": _asnumpy,
    "ndarray": ndarray,
}


def attribute(path: str) -> Any:
    """What cupy has under a dotted name, ``scipy.`` before those of cupyx.

    Raises:
        AttributeError: as cupy does where it has nothing of that name.
    """
    if path in _OWN:
        return _OWN[path]
    if path not in NAMES:
        raise AttributeError(f"module 'cupy' has no attribute {path!r}")
    package, _, name = path.rpartition(".")
    module = import_module(package) if package.startswith("scipy") else np
    found = module
    for part in (name if module is not np else path).split("."):
        found = getattr(found, part)
    if NAMES[path] == "type" and isinstance(found, type):
        return found
    return (Ufunc if isinstance(found, np.ufunc) else Function)(path, found)


class Module(ModuleType):
    """A module of cupy's; what stands in `NAMES` under its path is there."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self._at = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return attribute(self._at + name)


@contextmanager
def installed() -> Iterator[None]:
    """While it lasts, ``import cupy`` and ``import cupyx.scipy...`` give the double."""
    module = Module("cupy", "")
    module.linalg = Module("cupy.linalg", "linalg.")  # type: ignore[attr-defined]
    module.lib = SimpleNamespace(stride_tricks=Module("cupy.lib.stride_tricks", "lib.stride_tricks."))  # type: ignore[attr-defined]
    runtime = SimpleNamespace(CUDARuntimeError=CUDARuntimeError, getDeviceCount=lambda: 1)
    module.cuda = SimpleNamespace(Device=Device, runtime=runtime)  # type: ignore[attr-defined]
    for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"):
        setattr(module, name, getattr(np, name))
    for name in ("inf", "nan", "pi", "e", "newaxis", "dtype", "bool_", "finfo", "iinfo", "size", "promote_types"):
        setattr(module, name, getattr(np, name))
    extra = Module("cupyx", "")
    extra.scatter_add = _scatter_add  # type: ignore[attr-defined]
    packages = {"cupy": module, "cupy.linalg": module.linalg, "cupyx": extra}
    for name in ("scipy", "scipy.special", "scipy.linalg"):
        packages[f"cupyx.{name}"] = Module(f"cupyx.{name}", f"{name}.")
    before = {name: sys.modules.get(name) for name in packages}
    sys.modules.update(packages)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                del sys.modules[name]
            else:
                sys.modules[name] = old
