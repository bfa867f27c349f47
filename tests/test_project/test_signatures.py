"""What a type checker knows of a user's script."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import special
from pytorch_from_lua.tensor.functions import FUNCTIONS
from tests.test_project.test_scripts import script

ROOT = Path(__file__).parents[2]

#: Expressions of tensors x (2, 3), A (2, 2), i (whole numbers) and a module, and their types.
TYPES = {
    "x.exp()": "torch.Tensor",
    "x.exp_()": "torch.Tensor",
    "x.isnan()": "torch.Tensor",
    "x.atan2(other=x)": "torch.Tensor",
    "x.arccos().absolute().greater_equal(0)": "torch.Tensor",
    "x.maximum(x)": "torch.Tensor",
    "x.add(1, alpha=2)": "torch.Tensor",
    "x.fill_(1)": "torch.Tensor",
    "x.reshape(3, -1)": "torch.Tensor",
    "x.view((3, 2)).T": "torch.Tensor",
    "x.size()": "tuple[int, ...]",
    "x.size(0)": "int",
    "x.stride(-1)": "int",
    "x.shape": "tuple[int, ...]",
    "x.dtype": "torch.DType",
    "x.grad": "torch.Tensor | None",
    "x.type()": "str",
    "x.type(torch.float64)": "torch.Tensor",
    "x.is_floating_point()": "bool",
    "x.allclose(x)": "bool",
    "x.sum()": "torch.Tensor",
    "x.max()": "torch.Tensor",
    "x.max(1).indices": "torch.Tensor",
    "x.sort(1).values": "torch.Tensor",
    "x.split(1)": "tuple[torch.Tensor, ...]",
    "x.nonzero(as_tuple=True)": "tuple[torch.Tensor, ...]",
    "x.unique()": "torch.Tensor",
    "x.frexp().exponent": "torch.Tensor",
    "x + 1": "torch.Tensor",
    "2.0 - x": "torch.Tensor",
    "2**x": "torch.Tensor",
    "-x / x // 3 % 2": "torch.Tensor",
    "x @ x.t()": "torch.Tensor",
    "x < 1": "torch.Tensor",
    "x == x": "torch.Tensor",
    "~i & 1 | 2": "torch.Tensor",
    "x[0]": "torch.Tensor",
    "x[:, 1:][..., None]": "torch.Tensor",
    "list(x)": "list[torch.Tensor]",
    "float(x[0, 0])": "float",
    "torch.exp(x)": "torch.Tensor",
    "torch.exp(x, out=x)": "torch.Tensor",
    "torch.exp_(x)": "torch.Tensor",
    "torch.add(x, 1, alpha=2)": "torch.Tensor",
    "torch.sum(x, dim=1, keepdim=True)": "torch.Tensor",
    "torch.max(x, 1).values": "torch.Tensor",
    "torch.zeros(2, 3)": "torch.Tensor",
    "torch.ones((2, 3), dtype=torch.float64, out=x)": "torch.Tensor",
    "torch.tensor([1.0, 2.0])": "torch.Tensor",
    "torch.einsum('ij,kj->ik', x, x)": "torch.Tensor",
    "torch.cat([x, x], dim=1)": "torch.Tensor",
    "torch.where(x > 0, x, 0.0)": "torch.Tensor",
    "torch.where(x > 0)": "tuple[torch.Tensor, ...]",
    "torch.svd(A).U": "torch.Tensor",
    "torch.linalg.solve(A, A)": "torch.Tensor",
    "torch.linalg.eigh(A).eigenvalues": "torch.Tensor",
    "torch.special.expit(x)": "torch.Tensor",
    "torch.float32": "torch.DType",
    "torch.bool": "torch.DType",
    "torch.pi": "float",
    "torch.Size([2, 3])": "torch.Size",
    "torch.device('cpu')": "torch.device",
    "torch.get_default_dtype()": "torch.dtype",
    "torch.trapz(x)": "torch.Tensor",
    "torch.linalg.cross(x, x)": "torch.Tensor",
    "torch.FloatTensor(2, 3)": "torch.Tensor",
    "torch.nn.Linear(2, 3).weight.grad": "torch.Tensor | None",
    "torch.nn.functional.relu(x)": "torch.Tensor",
    "torch.is_tensor(x)": "bool",
}

#: What is wrong, and a word of what the checker says.
WRONG = {
    'torch.exp("x")': "arg-type",
    "torch.exp()": "call-arg",
    "torch.exq(x)": "attr-defined",
    'x.narrow("a")': "call-arg",
    'x + "a"': "arg-type",
    "x.exp(1)": "call-arg",
    'x.eq("a")': "arg-type",
    "x.sum(dim='a')": "arg-type",
    'torch.zeros("2")': "arg-type",
    "x.max(1).value": "attr-defined",
    "x.exq()": "attr-defined",
    'torch.linspace("a", 1, 3)': "arg-type",
    "x.histogram(2, range=1.0)": "arg-type",
    "torch.linalg.multi_dot([1, 2])": "list-item",
}

PREAMBLE = """\
from typing_extensions import assert_type

import pytorch_from_lua as torch

x = torch.randn(2, 3)
A = torch.eye(2)
i = torch.arange(3)
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """What mypy says of a user's script, by the number of its line."""
    folder = tmp_path_factory.mktemp("user")
    lines = [f"assert_type({expression}, {kind})" for expression, kind in TYPES.items()]
    (folder / "script.py").write_text(PREAMBLE + "\n".join([*lines, *WRONG, ""]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", "--cache-dir=cache",
         "--no-pretty", "script.py"],
        cwd=folder, env={"MYPYPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    found: dict[int, str] = {}
    for line in done.stdout.splitlines():
        if line.startswith("script.py:"):
            number, text = line.removeprefix("script.py:").split(":", 1)
            found[int(number)] = found.get(int(number), "") + text
    return found


def _line(table: dict[str, str], key: str, before: int = 0) -> int:
    return PREAMBLE.count("\n") + before + list(table).index(key) + 1


@pytest.mark.parametrize("expression", TYPES)
def test_type_of(expression: str, said: dict[int, str]) -> None:
    assert said.get(_line(TYPES, expression)) is None


@pytest.mark.parametrize("expression", WRONG)
def test_what_is_wrong_is_found(expression: str, said: dict[int, str]) -> None:
    assert f"[{WRONG[expression]}]" in said.get(_line(WRONG, expression, len(TYPES)), "")


@pytest.mark.parametrize("place", range(3))
def test_stubs_are_up_to_date(place: int) -> None:
    maker = script("make_signatures")
    module = maker.MODULES[place]
    written = ast.parse(maker.path(module).read_text(encoding="utf-8"))
    assert ast.dump(written) == ast.dump(ast.parse(maker.stub(module))), "run make signatures"


@pytest.mark.parametrize(
    ("module", "names"), [(torch, {*torch.__all__, *FUNCTIONS}), (special, {*special.__all__, "expit", "softmax"})]
)
def test_stubs_have_every_public_name(module: ModuleType, names: set[str]) -> None:
    tree = ast.parse(Path(str(module.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    declared = {
        alias.asname
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == alias.asname
    }
    declared |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    declared |= {ast.unparse(node.target) for node in tree.body if isinstance(node, ast.AnnAssign)}
    declared |= {ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)}
    assert names - declared == set()
