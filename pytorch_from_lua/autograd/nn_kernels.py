"""The kernels of neural networks, each file imported when one of its functions is first used."""

from __future__ import annotations

import importlib
from typing import Any


class KernelFile:
    """The functions of one file of ``pytorch_from_lua.kernels``, by name.

    Args:
        name: the file, such as ``"convolution"``.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(importlib.import_module(f"pytorch_from_lua.kernels.{self._name}"), name)
        setattr(self, name, found)
        return found
