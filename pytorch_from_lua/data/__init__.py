"""Data sets, batches and pictures, under the names of PyTorch's ``torch.utils.data`` and of torchvision.

>>> from pytorch_from_lua import arange
>>> loader = DataLoader(TensorDataset(arange(5)), batch_size=2)
>>> [batch.tolist() for (batch,) in loader]
[[0, 1], [2, 3], [4]]
"""

from pytorch_from_lua.data import samplers, transforms
from pytorch_from_lua.data.collating import default_collate
from pytorch_from_lua.data.datasets import ConcatDataset, Dataset, Subset, TensorDataset, random_split
from pytorch_from_lua.data.folder import ImageFolder
from pytorch_from_lua.data.images import make_grid, read_image, write_image
from pytorch_from_lua.data.loader import DataLoader
from pytorch_from_lua.data.samplers import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

__all__ = [
    "BatchSampler",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "ImageFolder",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "default_collate",
    "make_grid",
    "random_split",
    "read_image",
    "samplers",
    "transforms",
    "write_image",
]
