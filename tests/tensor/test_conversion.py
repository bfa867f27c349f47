"""Types, devices, numpy, DLPack, pickles and copies."""

import copy
import pickle
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pytorch_from_lua as torch
from pytorch_from_lua.errors import AutogradError, DeviceError, DTypeError, ShapeError
from pytorch_from_lua.tensor.dtype import ALL, DType

NAMES = [t.name for t in ALL]


@pytest.mark.parametrize("source", NAMES)
@pytest.mark.parametrize("target", NAMES)
def test_every_type_becomes_every_other(source, target):
    x = torch.tensor([0, 1, 3], dtype=source)
    y = x.to(target)
    assert y.dtype is DType.of(target)
    np.testing.assert_array_equal(y.numpy(), x.numpy().astype(target))
    assert (y is x) == (source == target)


def test_names_of_types():
    x = torch.tensor([1.7, -1.7])
    made = [x.double(), x.float(), x.half(), x.long(), x.int(), x.short(), x.char(), x.bool()]
    assert [t.dtype.name for t in made] == ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "bool"]
    assert [t.tolist() for t in made[3:]] == [[1, -1]] * 4 + [[True, True]]
    assert torch.tensor([200]).byte().tolist() == [200]
    assert (x.type(), x.type("torch.ByteTensor").dtype, x.type("Bool").dtype) == (
        "torch.FloatTensor",
        torch.uint8,
        torch.bool,
    )
    assert x.type_as(torch.zeros(1, dtype="int16")).dtype is torch.int16
    assert x.to(torch.float64).to(x).dtype is torch.float32
    assert x.to("cpu") is x
    assert x.to("cpu", copy=True) is not x
    assert x.is_floating_point()
    assert not x.is_cuda


def test_gradients_flow_through_conversions():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x.double() * 3).sum().backward()
    assert (x.grad.dtype, x.grad.tolist()) == (torch.float32, [3, 3])


def test_numpy_shares_memory():
    a = np.arange(6.0).reshape(2, 3)
    t = torch.from_numpy(a[:, ::2])
    assert t.stride() == (3, 2)
    t[0, 1] = 50
    assert a[0, 2] == 50
    b = np.asarray(t)
    np.testing.assert_array_equal(b, a[:, ::2])
    t.numpy()[1, 0] = -1
    assert a[1, 0] == -1
    assert np.asarray(torch.zeros(2), np.float64).dtype == np.float64
    assert torch.as_tensor(a).data_ptr() == a.ctypes.data
    assert torch.tensor(a).data_ptr() != a.ctypes.data


def test_asarray_does_not_copy():
    t = torch.zeros(3)
    assert np.shares_memory(np.asarray(t), t.numpy())
    assert not np.shares_memory(np.array(t), t.numpy())


def test_numpy_beside_tensors():
    t, a = torch.tensor([1.0, 2.0], dtype="float64"), np.array([10.0, 20.0])
    for result in (t + a, a + t):
        assert isinstance(result, torch.Tensor)
        assert result.tolist() == [11, 22]
    assert (a - t).tolist() == [9, 18]
    assert isinstance(np.float64(3) * t, torch.Tensor)
    assert (np.float64(3) * t).tolist() == [3, 6]
    assert isinstance(np.exp(t), np.ndarray)
    with pytest.raises(AutogradError, match=r"detach\(\)"):
        np.exp(t.requires_grad_())


def test_what_numpy_cannot_share():
    with pytest.raises(ShapeError, match="negative or uneven"):
        torch.from_numpy(np.arange(3)[::-1])
    with pytest.raises(DTypeError, match="byte order"):
        torch.from_numpy(np.zeros(2, ">f4"))
    with pytest.raises(DTypeError, match="complex"):
        torch.from_numpy(np.zeros(2, complex))
    with pytest.raises(DTypeError, match="needs a numpy array, got list"):
        torch.from_numpy([1])
    assert torch.tensor(np.arange(3)[::-1]).tolist() == [2, 1, 0]


SHARED = ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "bool"]


@pytest.mark.parametrize("dtype", SHARED)
def test_dlpack_with_numpy(dtype):
    t = torch.ones(2, 3, dtype=dtype).t()
    a = np.from_dlpack(t)
    assert (a.dtype, a.shape, a.strides) == (np.dtype(dtype), (3, 2), t.numpy().strides)
    t[1, 1] = 0
    assert a[1, 1] == 0
    back = torch.from_dlpack(np.zeros((2, 2), dtype))
    back[0, 1] = 1
    assert back.tolist() == [[0, 1], [0, 0]]


@pytest.mark.peer
@pytest.mark.parametrize("dtype", SHARED)
def test_dlpack_with_the_peer(dtype):
    peer = pytest.importorskip("torch")
    t = torch.ones(2, 3, dtype=dtype)
    theirs = peer.from_dlpack(t[:, 1:])
    theirs[0, 0] = 0
    assert t.tolist() == [[1, 0, 1], [1, 1, 1]]
    source = peer.zeros(2, 3, dtype=getattr(peer, dtype))
    ours = torch.from_dlpack(source.t())
    assert (ours.shape, ours.stride()) == ((3, 2), (1, 3))
    ours[2, 1] = 1
    assert source[1, 2].item() == 1
    with pytest.raises(AutogradError, match="DLPack would lose the gradients"):
        peer.from_dlpack(torch.ones(1, requires_grad=True))


@given(st.integers(0, 4), st.integers(1, 4), st.sampled_from(NAMES))
def test_pickles_keep_sharing(offset, width, dtype):
    base = torch.arange(8).to(dtype)
    view = base[offset : offset + width]
    for copied in (pickle.loads(pickle.dumps([base, view])), copy.deepcopy([base, view])):
        assert [t.tolist() for t in copied] == [base.tolist(), view.tolist()]
        assert copied[0].storage() is copied[1].storage()
        assert copied[0].storage() is not base.storage()
        copied[1].fill_(1)
        assert copied[0].tolist()[offset : offset + width] == [1] * width
        assert base.tolist() == torch.arange(8).to(dtype).tolist()


def test_copies_keep_what_a_leaf_is():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    for y in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        assert (y.requires_grad, y.is_leaf, y.grad.tolist(), y.tolist()) == (True, True, [2, 4], [1, 2])
        assert y.grad.storage() is not x.grad.storage()
    shallow = copy.copy(x)
    assert shallow.storage() is x.storage()
    assert shallow.requires_grad
    with pytest.raises(AutogradError, match="only leaves can be deep-copied"):
        copy.deepcopy(x * 1)


def test_numbers():
    assert (torch.tensor([[2.5]]).item(), int(torch.tensor(2.9)), float(torch.tensor(3))) == (2.5, 2, 3.0)
    assert [10, 20, 30][torch.tensor(1)] == 20
    assert bool(torch.tensor([1])) is True
    assert bool(torch.tensor(0.0)) is False
    assert torch.tensor(2.5).tolist() == 2.5
    with pytest.raises(ShapeError, match=r"shape \(2,\) is neither true nor false"):
        bool(torch.zeros(2))
    with pytest.raises(ShapeError, match=r"\(0,\) is no single number"):
        torch.zeros(0).item()
    with pytest.raises(DTypeError, match="float32"):
        [1][torch.tensor(0.0)]
    with pytest.raises(TypeError, match="0 dimensions"):
        len(torch.tensor(1.0))
    with pytest.raises(TypeError, match="0 dimensions"):
        iter(torch.tensor(1.0))


# -- devices; tests/gpu has what happens on one ---------------------------------------------------------------------


def test_without_cupy_an_error_says_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(DeviceError, match=r"pytorch-from-lua\[cuda12\]"):
        torch.zeros(1).cuda()
    assert not torch.cuda.is_available()


def test_names_of_devices():
    with pytest.raises(DeviceError, match="got 'cuda:x'; allowed are 'cpu', 'cuda' and 'cuda:N'"):
        torch.zeros(1).to(device="cuda:x")
    with pytest.raises(DTypeError, match="'tpu'"):
        torch.zeros(1).to("tpu")
