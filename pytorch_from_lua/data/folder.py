"""`ImageFolder`: pictures in a folder for each class."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytorch_from_lua import pictures
from pytorch_from_lua.data.datasets import Dataset
from pytorch_from_lua.data.images import read_image
from pytorch_from_lua.errors import DataError


def _load(path: str) -> Any:
    return read_image(path, "RGB")


class ImageFolder(Dataset[tuple[Any, Any]]):
    """Pictures of a folder whose folders are the classes: ``root/cat/1.png``, ``root/dog/a/7.jpg``, ...

    Sample i is (picture, class): what the loader and the transform make of the file, and the number of the folder in
    the alphabet. Files of other endings are left out.

    Args:
        root: the folder.
        transform: is given what the loader returns.
        target_transform: is given the number of the class.
        loader: reads a file; `read_image` in RGB, uint8 (3, H, W), where None.
        is_valid_file: says of a file's name whether it is one of the pictures.

    Attributes:
        classes: the folders' names in order.
        class_to_idx: the number of each.
        samples: the name of each file and its class; also ``imgs``.
        targets: the class of each sample.

    Raises:
        DataError: where there are no folders, or one without pictures.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        loader: Callable[[str], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
    ) -> None:
        self.root = os.fspath(root)
        self.transform = transform
        self.target_transform = target_transform
        self.loader = _load if loader is None else loader
        wanted = is_valid_file or (lambda name: pictures.kind_of_name(name) is not None)
        self.classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
        if not self.classes:
            raise DataError(f"root: {self.root} has no folders, of which each would be a class")
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}
        self.samples: list[tuple[str, int]] = []
        for name, number in self.class_to_idx.items():
            files = sorted(str(p) for p in Path(root, name).rglob("*") if p.is_file() and wanted(str(p)))
            if not files:
                raise DataError(f"root: the folder {os.path.join(self.root, name)} has no pictures")
            self.samples += [(path, number) for path in files]
        self.imgs = self.samples
        self.targets = [number for _, number in self.samples]

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        sample = self.loader(path)
        if self.transform is not None:
            sample = self.transform(sample)
        return sample, target if self.target_transform is None else self.target_transform(target)

    def __len__(self) -> int:
        return len(self.samples)
