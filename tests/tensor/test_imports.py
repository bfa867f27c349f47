"""What importing the package brings with it, and what it must not."""

import gc
import subprocess
import sys

import pytorch_from_lua as torch


def test_importing_stays_light():
    heavy = ["cupy", "numba", "torch", "lupa", "scipy", "lua_compat", "pytorch_from_lua.nn", "pytorch_from_lua.optim"]
    code = f"import sys, pytorch_from_lua; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_any_module_can_be_imported_first():
    modules = ["tensor.storage", "tensor.creation", "tensor.functions", "autograd.engine", "autograd", "tensor.tensor"]
    for module in modules:
        code = f"import pytorch_from_lua.{module}; import pytorch_from_lua as t; print(t.tensor([1]) + 1)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "tensor([2])"


def test_tensors_are_freed_without_the_collector():
    def work():
        x = torch.randn(3, 4, requires_grad=True)
        (x[1:, [0, 2]] * 2).exp().sum().backward()
        z = torch.zeros(3, 4)
        z[0] = 1
        z[z > 0] = 3
        z.view(12).add_(1)
        repr(z), z.max(0), list(z), torch.cat([z, z]).split(2), z.double().numpy()

    work()
    gc.collect()
    gc.disable()
    try:
        left = []
        for _ in range(3):  # a loop that is compiled in one of them leaves objects of numba's
            work()
            left.append(gc.collect())
        assert 0 in left, left
    finally:
        gc.enable()
