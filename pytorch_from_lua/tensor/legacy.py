"""The constructors by element type that PyTorch keeps from Torch7: ``FloatTensor(2, 3)``, ``LongTensor([1, 2])``."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.tensor import Tensor


class _Typed(type):
    """A type whose instances are the tensors of one element type on the CPU, and whose calls make them."""

    element_type: DType

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.element_type and not instance.is_cuda

    def __call__(cls, *data: Any) -> Tensor:
        return Tensor(*data, dtype=cls.element_type)


def _typed(dtype: DType) -> _Typed:
    word = "Bool" if dtype is types.bool_ else dtype.torch7
    about = (
        f"Tensors of {dtype.name}: of sizes (``{word}Tensor(2, 3)``, values not set) or of data.\n\n"
        f"    ``isinstance(x, {word}Tensor)`` says whether x is one.\n    "
    )
    return _Typed(f"{word}Tensor", (), {"element_type": dtype, "__doc__": about, "__module__": "pytorch_from_lua"})


#: By name, ``"FloatTensor"`` and so on.
TYPED = {made.__name__: made for made in map(_typed, types.ALL)}


def set_default_tensor_type(t: Any) -> None:
    """Chooses the type of tensors made from Python floats, by such a constructor or its name.

    Raises:
        DTypeError: where it is not a floating-point type.
    """
    word = t.removeprefix("torch.").removesuffix("Tensor") if isinstance(t, str) else t
    types.set_default_dtype(getattr(word, "element_type", types.BY_TORCH7.get(word, word)))
