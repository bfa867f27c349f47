"""`save` and `load`: what comes back is what was saved, memory shared as before, and nothing in a file runs."""

from __future__ import annotations

import io
import os
import pickle
import stat
from collections import OrderedDict

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn, serialization
from pytorch_from_lua.errors import SerializationError

DTYPES = ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "bool"]


def through(obj, **options):
    file = io.BytesIO()
    torch.save(obj, file)
    return torch.load(io.BytesIO(file.getvalue()), **options)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)])
def test_every_type_and_shape_comes_back(dtype, shape):
    x = torch.from_numpy((np.arange(int(np.prod(shape))) % 2).reshape(shape).astype(dtype))
    y = through(x)
    assert (y.dtype, y.shape, y.tolist()) == (x.dtype, x.shape, x.tolist())


def test_memory_that_was_shared_is_shared():
    base = torch.arange(6.0)
    whole, column, again = through([base, base.view(2, 3)[:, 1], base])
    column.fill_(9)
    assert whole.tolist() == [0, 9, 2, 3, 9, 5]
    assert again is whole
    assert column.stride() == (3,)


def test_containers_parameters_and_types():
    given = {
        "numbers": [1, 2.5, True, None, 1 + 2j, 2**70], "text": ("a", b"b"), "set": {1, 2}, "frozen": frozenset({3}),
        "ordered": OrderedDict(a=torch.ones(2)), "type": torch.float16, "parameter": nn.Parameter(torch.ones(2)),
        "wanted": torch.ones(2, requires_grad=True), "array": np.arange(3), "scalar": np.float64(2.5),
    }  # fmt: skip
    back = through(given)
    assert list(back) == list(given)
    for name in ("numbers", "text", "set", "frozen", "type", "scalar"):
        assert back[name] == given[name]
    assert (back["array"].tolist(), type(back["scalar"])) == ([0, 1, 2], np.float64)
    assert isinstance(back["parameter"], nn.Parameter)
    assert (back["parameter"].requires_grad, back["wanted"].requires_grad) == (True, True)


def test_a_training_is_taken_up_again(tmp_path):
    def made():
        torch.manual_seed(3)
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        return model, torch.optim.Adam(model.parameters(), lr=0.1)

    def step(model, optimizer):
        optimizer.zero_grad()
        (model(torch.ones(2, 3) * torch.tensor([[1.0], [2.0]])) ** 2).sum().backward()
        optimizer.step()

    model, optimizer = made()
    step(model, optimizer)
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "state.pt")
    step(model, optimizer)

    later, its_optimizer = made()
    state = torch.load(tmp_path / "state.pt")
    later.load_state_dict(state["model"])
    its_optimizer.load_state_dict(state["optimizer"])
    step(later, its_optimizer)
    for name, t in model.state_dict().items():
        assert later.state_dict()[name].tolist() == t.tolist()


def test_modules_need_trust():
    model = nn.Linear(2, 1)
    with pytest.raises(SerializationError, match=r"nn.linear.Linear is not data .* weights_only=False"):
        through(model)
    assert through(model, weights_only=False).weight.tolist() == model.weight.tolist()


class Point:
    def __init__(self, x):
        self.x = x


def test_classes_can_be_added():
    with serialization.safe_globals([Point]):
        assert through(Point(3)).x == 3
        assert serialization.get_safe_globals() == [Point]
    with pytest.raises(SerializationError, match="Point is not data"):
        through(Point(3))
    serialization.add_safe_globals([Point])
    serialization.clear_safe_globals()
    assert serialization.get_safe_globals() == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "x.pt"
    torch.save(torch.ones(2), path)
    path.chmod(0o640)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        torch.save([torch.zeros(2), lambda: None], path)
    assert torch.load(path).tolist() == [1, 1]
    assert os.listdir(tmp_path) == ["x.pt"]
    torch.save(torch.zeros(2), str(path))
    assert torch.load(str(path), map_location="cpu").tolist() == [0, 0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


class Runs:
    """An object whose pickle calls a function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


_REBUILT = ("pytorch_from_lua.tensor.conversion", "rebuilt")


def rebuilt(*args):
    from pytorch_from_lua.tensor.conversion import rebuilt

    return Runs(rebuilt, *args)


STORAGE = torch.ones(4).storage()


@pytest.mark.parametrize(
    ("obj", "says"),
    [
        (Runs(os.getcwd), "getcwd is not data"),
        (Runs(eval, "1"), "builtins.eval is not data"),
        (Runs(getattr, torch.Tensor, "from_array"), "builtins.getattr is not data"),
        (np.ones(2).astype(object), "numpy.* is not data"),
        (
            Runs(serialization.array_from_bytes, "O", (1,), b"12345678", False),
            "dtype: needs a type of numbers, got 'O'",
        ),
        (Runs(serialization.array_from_bytes, "f4", (2**40,), b"1234", False), "cannot reshape"),
        (rebuilt(torch.Tensor, STORAGE, 0, (5,), (1,), False, None), "needs 5 elements, the storage has 4"),
        (rebuilt(torch.Tensor, STORAGE, -1, (2,), (1,), False, None), "none may be negative"),
        (rebuilt(torch.Tensor, STORAGE, 0, (2**62,), (0,), False, None), "need whole numbers"),
        (rebuilt(torch.Tensor, STORAGE, 0, (2.0,), (1,), False, None), "need whole numbers"),
        (rebuilt(torch.Tensor, STORAGE, 0, (2,), (1, 1), False, None), "differ in length"),
        (rebuilt(torch.Tensor, [1.0], 0, (1,), (1,), False, None), "need a class of tensors and a storage"),
        (rebuilt(set, STORAGE, 0, (1,), (1,), False, None), "need a class of tensors and a storage"),
        (rebuilt(torch.Tensor, STORAGE, 0, (1,), (1,), False, torch.ones(2)), "grad: needs a tensor of the same"),
        (Runs(torch.ones(1).storage().__reduce__()[0], "float32", b"123"), "whole number of elements"),
        (Runs(torch.ones(1).storage().__reduce__()[0], "object", b"12345678"), "no tensor holds elements"),
    ],
)
def test_what_a_file_must_not_say(obj, says):
    with pytest.raises(SerializationError, match=says):
        through(obj)


def test_attributes_of_tensors_and_types_are_not_set():
    tensor = pickle.dumps(torch.float32, 4)[:-1]
    for obj in (tensor, pickle.dumps(torch.ones(2), 4)[:-1]):
        hostile = obj + b"N" + pickle.dumps({"itemsize": 1, "_shape": (99,)}, 2)[2:-1] + b"\x86b."
        with pytest.raises(SerializationError, match="sets attributes of"):
            torch.load(io.BytesIO(hostile))
    made = b"\x80\x04cpytorch_from_lua.tensor.tensor\nTensor\n)\x81."
    with pytest.raises(SerializationError, match="makes one anew"):
        torch.load(io.BytesIO(made))
    assert torch.float32.itemsize == 4


HOSTILE = [
    b"", b"\x80\x04", b"not a pickle", b"\x80\x04.", b"\x80\x63N.", b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f.",
    b"\x80\x04\x96" + b"\xff" * 6 + b"\x0f\x00.", b"\x80\x04Nr\xff\xff\xff\x7f0.", b"\x80\x04(l(d.",
    b"\x80\x04j\x01\x00\x00\x00.",
    b"\x80\x04\x8c\x02\xff\xfe.", b"(ios\nsystem\n.", b"\x80\x02Q.", b"\x80\x02\x82\x01.", b"PK\x03\x04" + b"\0" * 40,
]  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_bytes_are_refused(data):
    try:
        found = torch.load(io.BytesIO(data))
    except SerializationError:
        return
    assert found in (None, {})


def test_any_cut_or_changed_byte_is_an_error_or_data():
    file = io.BytesIO()
    torch.save({"a": torch.arange(3), "b": [torch.ones(2)]}, file)
    data = file.getvalue()
    for cut in range(len(data)):
        with pytest.raises(SerializationError):
            torch.load(io.BytesIO(data[:cut]))
    stream = np.random.RandomState(1)
    for _ in range(400):
        changed = bytearray(data)
        changed[stream.randint(len(data))] = stream.randint(256)
        try:
            torch.load(io.BytesIO(bytes(changed)))
        except SerializationError:
            continue


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda f: torch.load(f, map_location=3), "map_location: needs None or a device"),
        (lambda f: torch.load(f, pickle_module=pickle), "pickle_module: can be chosen with weights_only=False only"),
        (lambda f: torch.save(1, f, pickle_protocol=2), "pickle_protocol: needs at least 4, got 2"),
    ],
)
def test_errors_name_the_argument(call, says):
    with pytest.raises(SerializationError, match=says):
        call(io.BytesIO())


def test_a_missing_file():
    with pytest.raises(FileNotFoundError):
        torch.load("nowhere.pt")
