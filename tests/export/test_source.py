"""Sources for PyTorch: read as a person would write them, run there in both modes, and train further."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as ours
from lua_compat.errors import MappingError
from lua_compat.export.pytorch.source import source, write
from lua_compat.export.pytorch.sources import pieces
from lua_compat.export.records import read_record
from lua_compat.export.state import state_of
from pytorch_from_lua import nn
from pytorch_from_lua.nn.protocol import tree_map
from tests.corpus_models import MODELS, NAMES
from tests.export.peer import agree, given

#: Models of several layers.
NETS = [name for name in NAMES if name.startswith("net_") or name.endswith("_block")]


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch, which runs the sources, is not installed")


def loaded(path: Path) -> Any:
    """The module in a file."""
    spec = importlib.util.spec_from_file_location(f"source_of_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def body_of(text: str, name: str) -> str:
    """The text of a class."""
    node = next(n for n in ast.parse(text).body if isinstance(n, ast.ClassDef) and n.name == name)
    return ast.get_source_segment(text, node) or ""


def test_a_plain_net_is_a_sequential() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Linear(4, 2, bias=False))
    made = source(model, file="net.t7")
    assert (
        made.text
        == '''"""Model from net.t7, for PyTorch; `load()` gives it with its weights."""

from pathlib import Path

from safetensors.torch import load_file
from torch import nn


class Model(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 4, kernel_size=5), nn.ReLU(), nn.Linear(4, 2, bias=False))


def load(path=Path(__file__).with_suffix(".safetensors")):
    """The model with its weights, in evaluation; `load().train()` is for training it further."""
    model = Model()
    model.load_state_dict(load_file(path))
    return model.eval()
'''
    )
    assert made.names == {name: name for name in model.state_dict()}


def test_tables_are_straight_code() -> None:
    branch = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4))
    block = nn.Sequential(nn.ConcatTable(branch, nn.Identity()), nn.CAddTable(True), nn.ReLU(True))
    made = source(nn.Sequential(nn.Conv2d(3, 4, 1), block, nn.Tanh()))
    assert body_of(made.text, "Residual") == (
        "class Residual(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.branch = nn.Sequential(nn.Conv2d(4, 4, kernel_size=3, padding=1), nn.BatchNorm2d(4))\n"
        "\n"
        "    def forward(self, x):\n"
        "        return F.relu(self.branch(x) + x, inplace=True)"
    )
    assert "super().__init__(nn.Conv2d(3, 4, kernel_size=1), Residual(), nn.Tanh())" in made.text
    assert made.names["1.0.0.1.running_mean"] == "1.branch.1.running_mean"


def test_graphs_are_straight_code_under_the_names_of_their_nodes() -> None:
    text = source(read_record(MODELS / "net_lstm_cell_gModule.t7").module).text
    assert body_of(text, "Model").split("\n\n")[1] == (
        "    def forward(self, inputs):\n"
        "        x, y, z = inputs\n"
        "        u = self.reshape(self.i2h(x) + self.h2h(z)).unbind(1)\n"
        "        v = torch.sigmoid(u[1]) * y + torch.sigmoid(u[0]) * torch.tanh(u[3])\n"
        "        return [v, torch.sigmoid(u[2]) * torch.tanh(v)]"
    )


def test_copies_that_share_their_weights_are_one() -> None:
    text = source(read_record(MODELS / "net_siamese.t7").module).text
    assert text.count("nn.Linear(4, 5)") == 1
    assert "self.cosine_similarity(self.branch(inputs[0]), self.branch(inputs[1]))" in text


def test_weights_at_several_places_are_tied() -> None:
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first.weight
    text = source(nn.Sequential(first, nn.Tanh(), second)).text
    assert "        self[2].weight = self[0].weight\n" in text


def residual(width: int, *more: Any) -> Any:
    return nn.Sequential(nn.ConcatTable(nn.Sequential(nn.Linear(width, width), *more), nn.Identity()), nn.CAddTable())


def test_equal_blocks_are_one_class_and_others_are_told_apart() -> None:
    text = source(nn.Sequential(residual(3), residual(3), residual(3, nn.Tanh()))).text
    assert text.count("class Residual") == 2
    assert "super().__init__(Residual(), Residual(), Residual2())" in text


def test_blocks_that_differ_in_numbers_are_one_class_that_takes_them() -> None:
    deep = nn.Sequential(nn.ConcatTable(nn.Bottle(residual(5, nn.Linear(5, 5))), nn.Identity()), nn.CAddTable())
    text = source(nn.Sequential(residual(3, nn.Linear(3, 3)), nn.Linear(3, 4), residual(4, nn.Linear(4, 4)), deep)).text
    assert body_of(text, "Residual") == (
        "class Residual(nn.Module):\n"
        "    def __init__(self, features):\n"
        "        super().__init__()\n"
        "        self.branch = nn.Sequential(nn.Linear(features, features), nn.Linear(features, features))\n"
        "\n"
        "    def forward(self, x):\n"
        "        return self.branch(x) + x"
    )
    assert "self.bottle = Bottle(Residual(5))" in body_of(text, "Residual2")
    assert "super().__init__(Residual(3), nn.Linear(3, 4), Residual(4), Residual2())" in text


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_needed_comes_with_it(name: str) -> None:
    text = source(read_record(MODELS / f"{name}.t7").module, file=f"{name}.t7").text
    tree = ast.parse(text)
    defined = [node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    assert len(defined) == len(set(defined))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {d for d in defined if d in pieces()} <= used
    imported = [alias.asname or alias.name for node in tree.body for alias in getattr(node, "names", [])]
    assert {name.split(".")[0] for name in imported} <= used
    assert "pytorch_from_lua" not in text
    assert "lua_compat" not in text


def test_classes_and_sources_pass_the_linter(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "pieces.py").write_text(
        "import math\nimport time\n\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"
        + "\n\n\n".join(piece.text for piece in pieces().values())
        + "\n"
    )
    for name in NETS:
        write(read_record(MODELS / f"{name}.t7").module, folder / f"{name}.py")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "120", "--select", "E,F,W,I"]
    process = subprocess.run([*command, "--ignore", "E731", folder], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout


def test_what_gives_a_list_is_worked_out_once() -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.SplitTable(1), nn.ParallelTable(nn.Tanh(), nn.Exp()), nn.CSubTable())
    text = body_of(source(net).text, "Model")
    assert text.count("self.linear(x)") == 1
    assert "return torch.tanh(y[0]) - y[1].exp()" in text


def test_long_tables_and_tensors_of_many_numbers() -> None:
    pairs = [(i, o) for i in range(6) for o in range(8)]
    made = source(nn.Sequential(nn.SpatialConvolutionMap(pairs, 3), nn.SpatialSubtractiveNormalization(8)))
    assert max(map(len, made.text.splitlines())) <= 120
    assert "SpatialSubtractiveNormalization(8, torch.ones(9, 9))" in made.text
    assert made.names["1.kernel"] == "1.kernel"
    small = source(nn.SpatialSubtractiveNormalization(1, ours.tensor([1.0, 2.0, 1.0]))).text
    assert "super().__init__(1, torch.tensor([1.0, 2.0, 1.0]))" in small


def test_says_all_that_has_no_form() -> None:
    class Own(nn.Module):
        pass

    with pytest.raises(MappingError, match=r"no form is known for Own at 0\.0, Own at 2"):
        source(nn.Sequential(nn.ConcatTable(Own(), nn.Tanh()), nn.CAddTable(), Own()))


# -- in PyTorch ------------------------------------------------------------------------------------------------------


@pytest.mark.peer
@pytest.mark.parametrize("name", NETS)
def test_trains_as_ours_does(name: str, torch: Any, tmp_path: Path) -> None:
    """Outputs, gradients of all weights and running statistics in training."""
    record = read_record(MODELS / f"{name}.t7")
    made = write(record.module, tmp_path / f"{name}.py")
    theirs = loaded(tmp_path / f"{name}.py").load().train()
    module = record.module.train()
    dropping = [m for m in module.modules() if isinstance(m, nn.Dropout) and m.p > 0]
    assert not dropping
    module.zeroGradParameters()
    rtol = 1e-4 if any(p.dtype.name == "float32" for p in module.parameters()) else 1e-8
    out = module(tree_map(lambda t: t.detach().clone(), record.input))
    their_out = theirs(given(torch, record.input))
    agree(out, their_out, rtol, rtol)
    sum(((t * t).sum() for t in ours.nn.protocol.tree_leaves(out)), start=ours.tensor(0.0)).backward()
    leaves = their_out if isinstance(their_out, (list, tuple)) else [their_out]
    sum((t * t).sum() for t in leaves).backward()
    parameters = dict(theirs.named_parameters())
    compared = 0
    for ours_name, parameter in module.named_parameters():
        np.testing.assert_allclose(
            parameter.grad.array, parameters[made.names[ours_name]].grad.numpy(), rtol=10 * rtol, atol=10 * rtol
        )
        compared += 1
    assert compared
    buffers = dict(theirs.named_buffers())
    for ours_name, buffer in module.named_buffers():
        np.testing.assert_allclose(buffer.array, buffers[made.names[ours_name]].numpy(), rtol=rtol, atol=rtol)


@pytest.mark.peer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_types_are_kept(dtype: str, torch: Any, tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(2, 3, dtype=dtype), nn.BatchNorm1d(3, dtype=dtype))
    write(model, tmp_path / "model.py")
    theirs = loaded(tmp_path / "model.py").load()
    kinds = {str(t.dtype) for t in theirs.state_dict().values() if t.is_floating_point()}
    assert kinds == {f"torch.{dtype}"}
    assert not theirs.training


@pytest.mark.peer
def test_tied_weights_stay_one_while_training(torch: Any, tmp_path: Path) -> None:
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first.weight
    model = nn.Sequential(first, nn.Tanh(), second)
    write(model, tmp_path / "model.py")
    theirs = loaded(tmp_path / "model.py").load()
    assert theirs[0].weight is theirs[2].weight
    x = ours.ones(1, 3)
    agree(model(x), theirs(given(torch, x)), 1e-5, 1e-6)


def shared_at_several_places() -> Any:
    """One layer in a class, in another, and in the model."""
    one = nn.Linear(3, 3)
    beside = nn.Sequential(nn.ConcatTable(nn.Sequential(one, nn.Tanh()), nn.Linear(3, 3)), nn.CMulTable())
    return nn.Sequential(one, nn.Sequential(nn.ConcatTable(one, one), nn.CAddTable()), beside)


def unpooled() -> list[Any]:
    """A pooling module, and behind it, in another container, what undoes it."""
    pool = nn.MaxPool2d(2)
    return [nn.Sequential(pool, nn.Tanh()), nn.Sequential(nn.SpatialMaxUnpooling(pool))]


@pytest.mark.peer
@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.View(32), nn.Linear(32, 4), nn.LogSoftmax()), (1, 1, 6, 6)),
        (lambda: nn.Sequential(nn.Linear(4, 3), nn.SplitTable(0, 1), nn.CMulTable()), (2, 4)),
        (lambda: nn.Sequential(nn.ConcatTable(nn.Linear(4, 3), nn.Linear(4, 3)), nn.JoinTable(0, 1)), (2, 4)),
        (lambda: nn.Sequential(nn.Linear(4, 3), nn.Bottle(nn.Sequential(nn.Concat(1, nn.Tanh(), nn.ReLU())))), (2, 4)),
        (lambda: nn.Sequential(nn.Conv2d(2, 5, 3), nn.CrossMapLRN2d(3), nn.Softmax()), (2, 2, 5, 5)),
        (
            lambda: nn.Sequential(
                nn.SplitTable(1), nn.MapTable(nn.Linear(4, 2)), nn.FlattenTable(), nn.NarrowTable(1, 2), nn.CDivTable()
            ),
            (2, 3, 4),
        ),
        (
            lambda: nn.Sequential(
                nn.ConcatTable(nn.Sequential(nn.Linear(4, 6), nn.View(2, 3)), nn.Sequential(nn.Linear(4, 3))),
                nn.MV(),
                nn.Square(),
                nn.MulConstant(2.0),
                nn.Power(1.5),
            ),
            (3, 4),
        ),
        (
            lambda: nn.Sequential(
                nn.ConcatTable(nn.Identity(), nn.Sequential(nn.Tanh(), nn.ConcatTable(nn.Abs(), nn.Exp()))),
                nn.FlattenTable(),
                nn.ConcatTable(nn.CAddTable(), nn.SelectTable(1), nn.Sequential(nn.NarrowTable(0, 2), nn.CSubTable())),
                nn.JoinTable(1),
            ),
            (3, 4),
        ),
        (lambda: shared_at_several_places(), (2, 3)),
        (
            lambda: nn.Sequential(
                nn.Linear(3, 3), nn.SplitTable(1), nn.ParallelTable(nn.Tanh(), nn.Exp()), nn.CSubTable()
            ),
            (2, 3),
        ),
        (lambda: nn.Sequential(nn.Linear(3, 3), nn.SplitTable(1), nn.NarrowTable(1, 2), nn.CMulTable()), (2, 3)),
        (lambda: nn.Sequential({"first": nn.Linear(3, 2), "last": nn.Sequential({"deep": nn.Linear(2, 2)})}), (2, 3)),
        (lambda: nn.Sequential(nn.Linear(3, 3), nn.Maxout(3, 2, 2)), (2, 3)),
        (lambda: nn.Maxout(3, 4, 2, preprocess=residual(4)), (2, 3)),
        (lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), *unpooled(), nn.Conv2d(2, 1, 3)), (2, 1, 4, 4)),
        (
            lambda: nn.Sequential(
                residual(3), nn.Linear(3, 4), residual(4), nn.ConcatTable(residual(4), residual(4)), nn.CMaxTable()
            ),
            (2, 3),
        ),
    ],
    ids=range(16),
)
@pytest.mark.parametrize("told", [False, True])
def test_nets_of_many_shapes(make: Any, shape: tuple[int, ...], told: bool, torch: Any, tmp_path: Path) -> None:
    """With the shape of an input and without it; with it, a batch of one is one."""
    model = make().eval()
    write(model, tmp_path / "model.py", input=shape if told else None)
    theirs = loaded(tmp_path / "model.py").load()
    x = ours.randn(3 if shape[0] == 1 and told else shape[0], *shape[1:])
    agree(model(x), theirs(given(torch, x)), 1e-4, 1e-5)


def test_the_state_is_whole() -> None:
    for name in NETS:
        module = read_record(MODELS / f"{name}.t7").module
        assert set(source(module).names) == set(state_of(module))
