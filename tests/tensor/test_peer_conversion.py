"""Types, devices and Python's numbers: every line gives what PyTorch gives, errors included."""

from __future__ import annotations

import pytest

from tests.tensor.peer import compare, lines

peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
pytestmark = pytest.mark.peer

CONVERSIONS = """
a.to(T.float32)
a.to(dtype=T.int64)
a.to("cpu")
a.to("cpu", T.float32)
a.to(device="cpu", dtype=T.float16)
a.to(f32)
a.to(f32, copy=True)
a.to(T.float64)
a.to(T.float64, copy=True)
a.to(T.float64, False, True)
a.to("cpu", T.float64, False, True)
a.to(dtype=T.float32, non_blocking=True)
a.to("nowhere")
i.to(T.bool)
a.type(T.float32)
a.type_as(i)
a.double()
a.float()
a.half()
a.long()
a.int()
a.short()
a.char()
a.byte()
a.bool()
f32.double()
i.float()
m.float()
m.int()
a.cpu()
a.item()
s.item()
u.item()
v.tolist()
i.tolist()
s.tolist()
c.detach().tolist()
float(s)
int(u)
bool(T.tensor(0.0))
bool(u)
bool(a)
bool(e)
len(s)
len(c)
a.is_floating_point()
i.is_floating_point()
T.is_floating_point(a)
a.numpy(force=True).tolist()
a.detach().numpy().tolist()
a.numpy()
[1, 2, 3][T.tensor(1)]
[1, 2, 3][T.tensor(1.0)]
a.clone().copy_(v)
a.clone().copy_(w)
a.clone().copy_(i)
i.clone().copy_(a)
a.clone().detach()
a.clone().detach_()
a.is_cuda
a.contiguous().is_contiguous()
a.t().contiguous().is_contiguous()
a.new_tensor([1, 2])
a.data.requires_grad
T.as_tensor(a) is a
hash(a) == hash(a)
abs(a)
-i
~m
a.view_as(a)
a.storage_offset()
"""


@pytest.mark.parametrize("expression", lines(CONVERSIONS))
def test_conversions(expression: str) -> None:
    compare(peer, expression)
