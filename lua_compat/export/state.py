"""The state of a model for another program: parameters and buffers by name."""

from __future__ import annotations

from pytorch_from_lua.nn import FractionalMaxPool2d, FractionalMaxPool3d, Module
from pytorch_from_lua.tensor import Tensor


def state_of(module: Module) -> dict[str, Tensor]:
    """``module.state_dict()``, and what PyTorch keeps beside that: the regions of pooling that were fixed."""
    state: dict[str, Tensor] = dict(module.state_dict())
    for path, below in module.named_modules():
        if isinstance(below, (FractionalMaxPool2d, FractionalMaxPool3d)) and below.fixed_regions:
            samples = below._buffers.get("_random_samples")
            if samples is not None:
                state[f"{path}._random_samples" if path else "_random_samples"] = samples
    return state
