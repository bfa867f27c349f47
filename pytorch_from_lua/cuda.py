"""What can be asked about GPUs; tensors go there with ``x.cuda()``."""

from __future__ import annotations

from pytorch_from_lua.errors import DeviceError
from pytorch_from_lua.tensor import backend


def device_count() -> int:
    """How many GPUs can be used; 0 without CuPy."""
    try:
        module = backend.cupy()
        return int(module.cuda.runtime.getDeviceCount())
    except DeviceError:
        return 0
    except module.cuda.runtime.CUDARuntimeError:  # no driver, or no device
        return 0


def is_available() -> bool:
    """Whether there is a GPU that can be used."""
    return device_count() > 0


def synchronize() -> None:
    """Waits until the GPU has done all it was given."""
    backend.cupy().cuda.Device().synchronize()
