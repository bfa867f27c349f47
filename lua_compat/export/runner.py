"""Runs what was exported in a process of its own, which has PyTorch or ONNX Runtime and nothing of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytorch_from_lua import safetensors
from pytorch_from_lua.tensor import Tensor

#: For each folder named in the list: what `answered` gives for the input, in order.
_SCRIPT = """
import importlib.util, json, sys, warnings
from pathlib import Path

warnings.simplefilter("ignore")
PROGRAM

def built(shape, tensors):
    return [built(s, tensors) for s in shape] if isinstance(shape, list) else tensors[shape]


def leaves(value):
    return [x for part in value for x in leaves(part)] if isinstance(value, (list, tuple)) else [value]


for folder in map(Path, json.loads(sys.stdin.read())):
    answer = {"error": None}
    try:
        given = built(json.loads((folder / "input.json").read_text()), load_file(folder / "input.safetensors"))
        save_file({str(i): x for i, x in enumerate(answered(folder, given))}, folder / "output.safetensors")
    except Exception as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    ours = [name for name in sys.modules if name.split(".")[0] in ("pytorch_from_lua", "lua_compat")]
    if ours:
        answer["error"] = f"it imported {ours}"
    (folder / "answer.json").write_text(json.dumps(answer))
"""

#: The module in ``model.py``, and its ``load()``.
_PYTORCH = """
import torch
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)


def answered(folder, given):
    spec = importlib.util.spec_from_file_location("model_" + folder.name, folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with torch.no_grad():
        return [t.contiguous().clone() for t in leaves(module.load()(given))]

"""

#: The graph in ``model.onnx``, whose inputs come in order.
_ONNX = """
import numpy
import onnxruntime
from safetensors.numpy import load_file, save_file

options = onnxruntime.SessionOptions()
options.log_severity_level = 4
options.intra_op_num_threads = options.inter_op_num_threads = 1


def answered(folder, given):
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    arrays = [a.astype(numpy.float32) if a.dtype.kind == "f" else a for a in leaves(given)]
    names = [port.name for port in session.get_inputs()]
    return [numpy.ascontiguousarray(a) for a in session.run(None, dict(zip(names, arrays)))]

"""
#: Name of what runs: its part of the script, and the packages that it needs.
PROGRAMS = {"pytorch": (_PYTORCH, ("torch", "safetensors")), "onnx": (_ONNX, ("onnxruntime", "safetensors"))}


def missing(program: str) -> list[str]:
    """The packages that a program of `PROGRAMS` needs and that a process of this Python does not have."""
    needed = list(PROGRAMS[program][1])
    code = f"import importlib.util as u; print(*[n for n in {needed!r} if u.find_spec(n) is None])"
    return subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.split()


def put_input(folder: Path, value: Any) -> None:
    """Writes what the model in a folder is to be given."""
    tensors: dict[str, Tensor] = {}

    def named(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [named(v) for v in value]
        name = str(len(tensors))
        tensors[name] = value.detach().clone()
        return name

    (folder / "input.json").write_text(json.dumps(named(value)))
    safetensors.save_file(tensors, folder / "input.safetensors")


def run(program: str, folders: Mapping[str, Path]) -> dict[str, list[Tensor] | str]:
    """What the model of each folder gives for its input, or the error that it ends with.

    Args:
        program: ``"pytorch"`` or ``"onnx"``.
        folders: by a name; each has ``model.py`` or ``model.onnx``, and what `put_input` wrote.

    Raises:
        RuntimeError: where the process itself fails.
    """
    command = [sys.executable, "-I", "-c", _SCRIPT.replace("PROGRAM", PROGRAMS[program][0])]
    told = json.dumps([str(path) for path in folders.values()])
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    process = subprocess.run(command, input=told, capture_output=True, text=True, env=environment, check=False)
    if process.returncode:
        raise RuntimeError(f"{program} could not be run: {process.stderr.strip()[-500:]}")
    found: dict[str, list[Tensor] | str] = {}
    for name, folder in folders.items():
        error = json.loads((folder / "answer.json").read_text())["error"]
        if error is not None:
            found[name] = error
            continue
        outputs = safetensors.load_file(folder / "output.safetensors")
        found[name] = [outputs[str(i)] for i in range(len(outputs))]
    return found
