"""Other types, other devices, other libraries: ``to``, numpy, DLPack, pickle, copy, and Python numbers."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from pytorch_from_lua.autograd import engine
from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import AutogradError, DeviceError, DTypeError, ShapeError
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.storage import Storage

if TYPE_CHECKING:
    import builtins

    from pytorch_from_lua.tensor._types import DTypeLike, Number
    from pytorch_from_lua.tensor.tensor import Tensor


def is_device(given: Any) -> bool:
    """Whether this names a device rather than an element type."""
    return isinstance(given, str) and given.partition(":")[0] in ("cpu", "cuda")


def same_device(given: str, actual: str) -> bool:
    """Whether a tensor on ``actual`` is where ``given`` asks for; ``"cuda"`` is any GPU."""
    return given == actual or (given == "cuda" and actual.startswith("cuda:"))


class Conversion(TensorBase):
    """Methods that say the same numbers in another way.

    numpy's functions take tensors through ``__array__`` and return arrays; in ``array + tensor`` the tensor decides,
    and the result is a tensor.
    """

    __slots__ = ()

    __array_priority__ = 1000

    # -- types and devices --------------------------------------------------------------------------------------

    def to(
        self,
        *args: Any,
        dtype: DTypeLike | None = None,
        device: str | None = None,
        non_blocking: bool = False,
        copy: bool = False,
    ) -> Tensor:
        """Itself where it has the type and the device asked for already, else a copy that has.

        Args:
            args: a type, a device, both, or a tensor that has them; then ``non_blocking`` and ``copy``.
            dtype: the element type.
            device: ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
            non_blocking: accepted as PyTorch has it; a copy is always complete when this returns.
            copy: copy in any case.

        Raises:
            DTypeError: for an unknown type.
            DeviceError: for an unknown device.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.5, -1.5]).to("int64")
        tensor([ 1, -1])
        """
        flags = [given for given in args if isinstance(given, (bool, np.bool_))]
        if len(flags) > 2:
            raise DTypeError(f"to: takes two truth values (non_blocking, copy), got {len(flags)}")
        copy = copy or (len(flags) == 2 and bool(flags[1]))
        for given in args:
            if isinstance(given, (bool, np.bool_)):
                continue
            if isinstance(given, TensorBase):
                dtype, device = given.dtype, given.device
            elif is_device(given):
                device = given
            elif given is not None:
                dtype = given
        kind = self.dtype if dtype is None else DType.of(dtype)
        there: Any = self
        if device is not None and not same_device(device, self.device):
            there = moved(self, device)
        if kind is not self.dtype:
            return apply("to", there, dtype=kind)
        return apply("clone", self) if copy and there is self else there

    @overload
    def type(self, dtype: None = None) -> str: ...

    @overload
    def type(self, dtype: DTypeLike) -> Tensor: ...

    def type(self, dtype: Any = None) -> Tensor | str:
        """This tensor in another type; without one, the name of its type as Torch7 says it.

        >>> from pytorch_from_lua import zeros
        >>> zeros(2).type()
        'torch.FloatTensor'
        """
        if dtype is None:
            return f"torch.{'Bool' if self.dtype is types.bool_ else self.dtype.torch7}Tensor"
        dtype = getattr(dtype, "element_type", dtype)
        word = dtype.removeprefix("torch.").removesuffix("Tensor") if isinstance(dtype, str) else dtype
        return self.to(types.bool_ if word == "Bool" else types.BY_TORCH7.get(word, word))

    def type_as(self, other: TensorBase) -> Tensor:
        """This tensor in the type of another, and where that is.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).type_as(tensor([0.5]))
        tensor([1., 2.])
        """
        return self.to(other)

    def bool(self) -> Tensor:
        """This tensor as booleans.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).bool()
        tensor([False,  True])
        """
        return self.to(types.bool_)

    def byte(self) -> Tensor:
        """This tensor in uint8.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).byte()
        tensor([0, 2], dtype=uint8)
        """
        return self.to(types.uint8)

    def char(self) -> Tensor:
        """This tensor in int8.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).char()
        tensor([0, 2], dtype=int8)
        """
        return self.to(types.int8)

    def short(self) -> Tensor:
        """This tensor in int16.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).short()
        tensor([0, 2], dtype=int16)
        """
        return self.to(types.int16)

    def int(self) -> Tensor:
        """This tensor in int32.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).int()
        tensor([0, 2], dtype=int32)
        """
        return self.to(types.int32)

    def long(self) -> Tensor:
        """This tensor in int64.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).long()
        tensor([0, 2])
        """
        return self.to(types.int64)

    def half(self) -> Tensor:
        """This tensor in float16.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).half()
        tensor([0., 2.], dtype=float16)
        """
        return self.to(types.float16)

    def float(self) -> Tensor:
        """This tensor in float32.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).float()
        tensor([0., 2.])
        """
        return self.to(types.float32)

    def double(self) -> Tensor:
        """This tensor in float64.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).double()
        tensor([0., 2.], dtype=float64)
        """
        return self.to(types.float64)

    def cpu(self) -> Tensor:
        """This tensor in the memory of the CPU.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).cpu()
        tensor([1, 2])
        """
        return self.to(device="cpu")

    def cuda(self, device: str | builtins.int | None = None) -> Tensor:
        """This tensor in the memory of a GPU, the current one where no number is given.

        Raises:
            DeviceError: where there is no CuPy or no such GPU.
        """
        if device is None or isinstance(device, str):
            return self.to(device=device or "cuda")
        return self.to(device=f"cuda:{device}")

    @property
    def is_cuda(self) -> builtins.bool:
        """Whether the elements lie on a GPU.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).is_cuda
        False
        """
        return self.device != "cpu"

    @property
    def is_cpu(self) -> builtins.bool:
        """Whether the elements lie in the memory of the CPU.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).is_cpu
        True
        """
        return not self.is_cuda

    def get_device(self) -> builtins.int:
        """The number of the GPU that holds the elements; -1 for the CPU.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).get_device()
        -1
        """
        return -1 if self.device.index is None else self.device.index

    def is_floating_point(self) -> builtins.bool:
        """Whether the elements are of a floating-point type.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).is_floating_point()
        False
        """
        return self.dtype.is_floating_point

    def is_complex(self) -> builtins.bool:
        """False: there are no complex numbers here.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).is_complex()
        False
        """
        return False

    def is_signed(self) -> builtins.bool:
        """Whether the element type has negative numbers.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).is_signed()
        True
        """
        return self.dtype.is_signed

    # -- numpy, DLPack ------------------------------------------------------------------------------------------

    def numpy(self, *, force: builtins.bool = False) -> np.ndarray[Any, Any]:
        """A numpy array over the same memory.

        Args:
            force: give an array in any case: without the history, and of a tensor on a GPU a copy.

        Raises:
            AutogradError: where gradients are recorded, which numpy would lose.
            DeviceError: for a tensor on a GPU.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).numpy()
        array([0, 2])
        """
        array = self.array
        if force:
            return backend.move(array, "cpu")
        self._no_gradient("numpy()")
        if backend.is_gpu(array):
            raise DeviceError(f"numpy() cannot share the memory of {self.device}; call cpu() first")
        return array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        self._no_gradient("a numpy function")
        return np.array(backend.move(self.array, "cpu"), dtype=dtype, copy=copy)

    def __dlpack__(self, **options: Any) -> Any:
        self._no_gradient("DLPack")
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[Any, Any]:
        return self.array.__dlpack_device__()

    def _no_gradient(self, what: str) -> None:
        if self.requires_grad:
            raise AutogradError(f"{what} would lose the gradients of a tensor that requires them; use detach()")

    # -- Python -------------------------------------------------------------------------------------------------

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers; one number for 0 dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 2]).tolist()
        [0, 2]
        """
        return self.array.tolist()

    def item(self) -> Number:
        """The only element as a Python number.

        Raises:
            ShapeError: where there is not exactly one.

        >>> from pytorch_from_lua import tensor
        >>> tensor([2.5]).item()
        2.5
        """
        if self.numel() != 1:
            raise ShapeError(f"a tensor of shape {self._shape} is no single number; use tolist()")
        return self.array.item()

    def is_nonzero(self) -> builtins.bool:
        """Whether the only element is not 0.

        Raises:
            ShapeError: where there is not exactly one.

        >>> from pytorch_from_lua import tensor
        >>> tensor([2.5]).is_nonzero()
        True
        """
        return bool(self)

    def __bool__(self) -> builtins.bool:
        if self.numel() != 1:
            raise ShapeError(f"a tensor of shape {self._shape} is neither true nor false; use any() or all()")
        return bool(self.array.item())

    def __int__(self) -> builtins.int:
        return int(self.item())

    def __float__(self) -> builtins.float:
        return float(self.item())

    def __index__(self) -> builtins.int:
        if self.dtype.is_floating_point:
            raise DTypeError(f"only tensors of whole numbers can be indices, this one is {self.dtype.name}")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item() if spec and self.numel() == 1 else repr(self), spec)

    # -- copies -------------------------------------------------------------------------------------------------

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # The storage is an object of its own in the pickle, so tensors that share one still do when they come back.
        state = (
            self._offset,
            self._shape,
            self._stride,
            self.requires_grad,
            self.grad if self.grad_fn is None else None,
        )
        return rebuilt, (type(self), self._storage, *state)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Tensor:
        if self.grad_fn is not None:
            raise AutogradError("only leaves can be deep-copied, this tensor was computed; use detach() or clone()")
        result = type(self)._make(copy.deepcopy(self._storage, memo), self._offset, self._shape, self._stride)
        memo[id(self)] = result
        result.requires_grad = self.requires_grad
        result.grad = copy.deepcopy(self.grad, memo)
        return result  # type: ignore[return-value]

    def __copy__(self) -> Tensor:
        if self.grad_fn is not None:
            return engine.detach(self)
        result = self._alias(self.geometry)
        result.requires_grad, result.grad = self.requires_grad, self.grad
        return result  # type: ignore[return-value]


def rebuilt(cls: Any, storage: Storage, offset: int, shape: Any, stride: Any, requires_grad: bool, grad: Any) -> Any:
    """A tensor out of a pickle. Nothing in one is trusted: it may not be one of ours.

    Raises:
        StorageError: where an element would lie outside of the storage.
        DTypeError: where a part is of another type than ours would be.
    """
    numbers = (offset, *shape, *stride)
    if not (isinstance(cls, type) and issubclass(cls, TensorBase) and isinstance(storage, Storage)):
        raise DTypeError(
            f"cls, storage: need a class of tensors and a storage, got {cls!r} and {type(storage).__name__}"
        )
    if not all(type(n) is int and n < 2**62 for n in numbers):
        raise DTypeError("offset, shape, stride: need whole numbers")
    if requires_grad and not storage.dtype.is_floating_point:
        raise DTypeError(f"requires_grad: {storage.dtype.name} has no gradients")
    if grad is not None and not (isinstance(grad, TensorBase) and grad.shape == tuple(shape)):
        raise DTypeError("grad: needs a tensor of the same shape")
    tensor = cls.from_storage(storage, offset, shape, stride)
    tensor.requires_grad, tensor.grad = bool(requires_grad), grad
    return tensor


def moved(tensor: Any, device: str) -> Any:
    """A copy on another device; its gradient goes back to where the tensor is."""
    if tensor.requires_grad and engine.is_grad_enabled():
        return _move().apply(tensor, device)
    return type(tensor).from_array(backend.move(tensor.array, device))


@cache
def _move() -> Any:
    """The recorded form of `moved`; made late, since what records needs tensors."""
    from pytorch_from_lua.autograd.function import Function

    class Move(Function):
        """The same numbers on another device."""

        @staticmethod
        def forward(ctx: Any, x: Any, device: str) -> Any:
            ctx.origin = x.device
            return type(x).from_array(backend.move(x.array, device))

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return gradient.to(device=ctx.origin), None

    return Move
