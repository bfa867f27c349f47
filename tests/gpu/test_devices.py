"""Moving to a GPU and back, and whether the double is true to cupy."""

from __future__ import annotations

import subprocess
import sys

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import DeviceError
from tests.gpu.double import NAMES


def test_moving_there_and_back() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = x.cuda()
    assert (y.device, y.is_cuda, type(y.storage().buffer).__module__.partition(".")[0]) == ("cuda:0", True, "cupy")
    assert y.cuda() is y
    assert y.to("cuda") is y
    assert y.to("cuda:0", "float64").dtype is torch.float64
    assert y.cpu().tolist() == x.tolist()
    assert not y.cpu().is_cuda
    with pytest.raises(DeviceError, match=r"cuda:0; call cpu\(\) first"):
        y.numpy()
    with pytest.raises(DeviceError, match=r"'cuda:99' cannot be used: .*[dD]evice"):
        x.cuda(99)
    assert "device='cuda:0'" in repr(y)
    assert torch.cuda.device_count() >= 1
    assert torch.zeros(2, device="cuda").is_cuda
    torch.cuda.synchronize()


def test_gradients_come_back() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.cuda().cpu().sum().backward()
    assert x.grad is not None
    assert (x.grad.device, x.grad.tolist()) == ("cpu", [1, 1])


@pytest.mark.gpu
def test_a_real_gpu_computes(real: bool) -> None:
    if not real:
        pytest.skip("needs CuPy and a CUDA device; the double stood in for it in all other tests")
    x = torch.arange(6, dtype="float32").reshape(2, 3).cuda()
    x[0] += 1
    assert (x @ x.t()).cpu().tolist() == [[14, 26], [26, 50]]


_LISTED = """
import sys, cupy, cupyx.scipy.special
for name in sys.stdin.read().split():
    found = cupyx.scipy if name.startswith("scipy.") else cupy
    for part in name.removeprefix("scipy.").split("."):
        found = getattr(found, part)
"""


@pytest.mark.gpu
def test_cupy_has_every_name_of_the_double(real: bool) -> None:
    if not real:
        pytest.skip("needs CuPy and a CUDA device")
    names = [name for name in NAMES if not name.startswith("scipy.linalg")]
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _LISTED], input="\n".join(names), capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
