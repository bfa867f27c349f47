"""The export table: saved models in every form, each run and compared: ``python -m lua_compat.export.table FOLDER``.

A model that can be written in a form gives there, for the input that it was saved with, what it gave when it was saved.
A cell says that it "passes", or what the tool says of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lua_compat import load
from lua_compat.errors import MappingError
from lua_compat.export import runner
from lua_compat.export.files import read_state, write_model
from lua_compat.export.into import load_weights
from lua_compat.export.records import Record, as_recorded, read_record
from pytorch_from_lua.errors import TensorError
from pytorch_from_lua.nn import Module
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor

PASSES = "passes"
WRITTEN = "written, not run"
TOLERANCE = 1e-5
#: Of ONNX, which has float32 for all floating-point types.
SINGLE = 1e-4


class Row(NamedTuple):
    """A model and what came of it in each form."""

    name: str
    safetensors: str
    pytorch: str
    t7: str
    onnx: str


COLUMNS = ("Model", "safetensors", "PyTorch source", "t7", "ONNX")


def compared(record: Record, outputs: Sequence[Tensor], tolerance: float = TOLERANCE) -> str:
    """`PASSES`, or how what came out differs from what was recorded."""
    wanted = list(tree_leaves(record.output))
    if len(outputs) != len(wanted):
        return f"gave {len(outputs)} tensors, {len(wanted)} were recorded"
    for got, want in zip(outputs, wanted, strict=True):
        mine = np.asarray(as_recorded(record.module, got).array, np.float64)
        theirs = np.asarray(want.array, np.float64)
        if mine.shape != theirs.shape:
            return f"gave shape {mine.shape}, {theirs.shape} was recorded"
        if not record.draws:
            apart = np.abs(mine - theirs) / np.maximum(1.0, np.abs(theirs))
            if not apart.max(initial=0.0) <= tolerance:
                return f"is {apart.max():.3g} from what was recorded"
    return PASSES


def _ours(record: Record, module: Module) -> str:
    """What a model of ours gives, compared."""
    module.eval()
    given = tree_map(lambda t: t.detach().clone(), record.input)
    return compared(record, list(tree_leaves(module(given))))


def _told(check: Callable[[Path, Path], str], path: Path, folder: Path) -> str:
    try:
        return check(path, folder)
    except (MappingError, TensorError) as error:
        return f"cannot, because {' '.join(str(error).split())}"


def _safetensors(path: Path, folder: Path) -> str:
    """Into a second model of the same file, whose own numbers are taken away first."""
    record, other = read_record(path), read_record(path)
    write_model(record.module, folder / "state.safetensors")
    for tensor in other.module.state_dict().values():
        tensor.array[...] = 0
    read = read_state(folder / "state.safetensors")
    return _ours(record, load_weights(other.module, read, names="ours"))


def _t7(path: Path, folder: Path) -> str:
    record = read_record(path)
    write_model(record.module, folder / "saved.t7")
    return _ours(record, load(folder / "saved.t7"))


def _write_source(path: Path, folder: Path) -> str:
    record = read_record(path)
    write_model(record.module, folder / "model.py", source=path.name)
    runner.put_input(folder, record.input)
    return PASSES


def _write_onnx(path: Path, folder: Path) -> str:
    from lua_compat.export.onnx import write

    record = read_record(path)
    notes = write(record.module, folder / "model.onnx", record.input)
    (folder / "notes").write_text("\n".join(notes))
    runner.put_input(folder, record.input)
    return PASSES


def _of_pytorch(record: Record, output: Sequence[Tensor], folder: Path) -> str:
    return compared(record, output)


def _of_onnx(record: Record, output: Sequence[Tensor], folder: Path) -> str:
    """Where Torch7's View drops the dimension of a batch of 1, the graph keeps it, and says so."""
    if "a batch of 1 keeps its dimension" in (folder / "notes").read_text():
        wanted = list(tree_leaves(record.output))
        output = [t.reshape(w.shape) if t.numel() == w.numel() else t for t, w in zip(output, wanted, strict=False)]
    return compared(record, output, SINGLE)


def rows(paths: Sequence[Path]) -> list[Row]:
    """A row for each file, in order.

    Args:
        paths: ``.t7`` files of models with their inputs and outputs, as the conformance corpus has them.

    Raises:
        RuntimeError: where the process that runs PyTorch or ONNX Runtime fails.
    """
    with tempfile.TemporaryDirectory() as temporary:
        columns = {
            "safetensors": [_told(_safetensors, path, _folder(temporary, "s", path)) for path in paths],
            "pytorch": _run("pytorch", _write_source, _of_pytorch, paths, temporary),
            "t7": [_told(_t7, path, _folder(temporary, "t", path)) for path in paths],
            "onnx": _run("onnx", _write_onnx, _of_onnx, paths, temporary),
        }
    return [Row(path.stem, **{name: column[i] for name, column in columns.items()}) for i, path in enumerate(paths)]


def _folder(above: str, kind: str, path: Path) -> Path:
    made = Path(above) / f"{kind}_{path.stem}"
    made.mkdir()
    return made


def _run(
    program: str,
    write: Callable[[Path, Path], str],
    check: Callable[[Record, Sequence[Tensor], Path], str],
    paths: Sequence[Path],
    temporary: str,
) -> list[str]:
    """A column of what another program runs: all are written, then run in one process, then compared."""
    folders = {str(path): _folder(temporary, program, path) for path in paths}
    cells = {str(path): _told(write, path, folders[str(path)]) for path in paths}
    written = {name: folders[name] for name, cell in cells.items() if cell == PASSES}
    lacking = runner.missing(program)
    if lacking:
        return [
            f"{WRITTEN}: {', '.join(lacking)} is not installed" if name in written else cells[name] for name in cells
        ]
    for name, output in (runner.run(program, written) if written else {}).items():
        if isinstance(output, str):
            cells[name] = f"fails there: {output}"
        else:
            cells[name] = check(read_record(Path(name)), output, folders[name])
    return list(cells.values())


def render(found: Sequence[Row]) -> str:
    """The table in Markdown, and under it how many pass."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "| --- " * len(COLUMNS) + "|"]
    lines += ["| " + " | ".join([cell.replace("|", "\\|") for cell in row]) + " |" for row in found]
    counts = [sum(cell == PASSES for cell in column) for column in zip(*[row[1:] for row in found], strict=True)]
    told = ", ".join(f"{name} {count}" for name, count in zip(COLUMNS[1:], counts, strict=True))
    return "\n".join([*lines, "", f"Of {len(found)} models pass: {told}."])


def main(arguments: list[str] | None = None) -> int:
    """Prints the table: 0 where every cell passes or says why it cannot, 1 where one gives something else."""
    parser = argparse.ArgumentParser(prog="python -m lua_compat.export.table", description=main.__doc__)
    parser.add_argument(
        "folder", type=Path, help="a folder of models with inputs and outputs: tests/conformance/models"
    )
    paths = sorted(parser.parse_args(arguments).folder.glob("*.t7"))
    found = rows([path for path in paths if path.stem != "checkpoint"])
    print(render(found))
    good = (PASSES, WRITTEN, "cannot, because")
    return 0 if all(cell.startswith(good) for row in found for cell in row[1:]) else 1


if __name__ == "__main__":
    sys.exit(main())
