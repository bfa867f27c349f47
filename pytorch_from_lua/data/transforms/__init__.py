"""Transforms of pictures under torchvision's names, over the kernels of Lua's ``image``.

A picture is a tensor (planes, H, W), as `read_image` gives it. What is random draws from the default generator, and
within a `DataLoader` from a stream of the sample's own: a seed repeats it all.

>>> from pytorch_from_lua import manual_seed, zeros
>>> _ = manual_seed(0)
>>> augment = Compose([RandomResizedCrop(8), RandomHorizontalFlip(), Normalize([0.5] * 3, [0.25] * 3)])
>>> augment(zeros(3, 20, 30)).shape
(3, 8, 8)
"""

from pytorch_from_lua.data.transforms import functional
from pytorch_from_lua.data.transforms.base import (
    Compose,
    Lambda,
    RandomApply,
    RandomChoice,
    RandomOrder,
    Transform,
)
from pytorch_from_lua.data.transforms.geometry import (
    CenterCrop,
    Pad,
    RandomAffine,
    RandomCrop,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomVerticalFlip,
    Resize,
)
from pytorch_from_lua.data.transforms.values import (
    ColorJitter,
    ConvertImageDtype,
    GaussianBlur,
    Grayscale,
    Normalize,
    RandomGrayscale,
    ToPILImage,
    ToTensor,
)

__all__ = [
    "CenterCrop",
    "ColorJitter",
    "Compose",
    "ConvertImageDtype",
    "GaussianBlur",
    "Grayscale",
    "Lambda",
    "Normalize",
    "Pad",
    "RandomAffine",
    "RandomApply",
    "RandomChoice",
    "RandomCrop",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomOrder",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
    "ToPILImage",
    "ToTensor",
    "Transform",
    "functional",
]
