"""Which names of Torch7 have a row in `MIGRATION.md`, and why the others have none."""

from __future__ import annotations

from collections.abc import Iterable

from lua_compat.guide.calls import CHAPTERS
from lua_compat.guide.optimizers import OPTIMIZERS
from lua_compat.mapping.registry import REGISTRY

#: A method of one of these is a method of the classes below it: one row for all.
_BASES = ("nn.Module", "nn.Container", "nn.Criterion", "nn.Sequential")

#: Methods of any class that are no part of what a script says, and why.
METHODS = {
    "new": "the constructor: the row of the class",
    "__init": "the constructor: the row of the class",
    "empty": "an old name of clearState",
    "checkInputDim": "called by the class itself",
    "updateGradInput_efficient": "called by the class itself: the default of two ways to the same gradient",
    "updateAddBuffer": "called by the class itself",
    "backCompatibility": "called by the class itself, for files of older versions",
    "makeInputContiguous": "called by the class itself",
    "reshapeInput": "called by the class itself",
    "flattenInputs": "called by the class itself",
    "longTensor": "called by the class itself",
    "validateParameters": "called by the class itself",
    "windowNarrow": "called by the class itself",
    "getBufferSize_": "called by the class itself",
    "getOutputSizes_": "called by the class itself",
    "initSampleBuffer_": "called by the class itself",
    "setParams": "called by the class itself, which asks its pooling module",
    "setSize": "called by the class itself: the size of the output",
    "rethrowErrors": "called by containers: errors say in which module they happened, in Python too",
    "decorate": "called by the constructor of a decorator",
    "accUpdateOnly": "drops gradWeight to save memory; in Python a gradient is there when it is needed",
    "permuteIn": "called by nn.WeightNorm itself",
    "permuteOut": "called by nn.WeightNorm itself",
    "resetInit": "called by nn.WeightNorm itself",
    "updateWeight": "called by nn.WeightNorm itself",
    "updateWeightMatrix": "called by nn.LinearWeightNorm itself",
    "newId": "called by nn.NaN itself",
    "recursiveIsNaN": "called by nn.NaN itself",
    "recursiveModuleDevice": "called by nn.GPU itself",
    "recursiveSetDevice": "called by nn.GPU itself",
    "setDevice": "called by nn.GPU itself; a device is chosen by `m.to(device)` in Python",
    "runForwardFunction": "called by nn.gModule itself",
    **dict.fromkeys(
        ("b", "bf", "bt", "buildConverter", "default", "findAxis", "transpose"), "called by nn.Convert itself"
    ),
    **dict.fromkeys(
        [
            *("__add", "__div", "__eq", "__factory", "__index", "__le", "__len", "__lt", "__mod", "__mul"),
            *("__newindex", "__pow", "__sub", "__tostring", "__unm"),
        ],
        "a metamethod that torch.class gives every class",
    ),
}

#: Other names without a row, and why.
NAMES = {
    "nn.Container": "the base of all containers: their rows",
    "nn.Criterion": "the base of all criterions: `Loss` in Python; see what every criterion can do",
    "nn.Module": "the base of all modules; see what every module can do",
    "nn.Jacobian.backwardUpdate": "checks accUpdateGradParameters, which Python has none of",
    "nn.Jacobian.forwardUpdate": "checks accUpdateGradParameters, which Python has none of",
    "nn.Jacobian.testAllUpdate": "checks accUpdateGradParameters, which Python has none of",
    "nn.Jacobian.testJacobianUpdateParameters": "checks accUpdateGradParameters, which Python has none of",
    "nn.Jacobian.backwardDiagHessian": "checks what nn.hessian.enable adds",
    "nn.Jacobian.linearModuleDiagHessian": "checks what nn.hessian.enable adds",
    "nn.Jacobian.testDiagHessian": "checks what nn.hessian.enable adds",
    "nn.Jacobian.testDiagHessianBias": "checks what nn.hessian.enable adds",
    "nn.Jacobian.testDiagHessianInput": "checks what nn.hessian.enable adds",
    "nn.Jacobian.testDiagHessianWeight": "checks what nn.hessian.enable adds",
    "nn.SparseJacobian.backwardUpdate": "checks accUpdateGradParameters, which Python has none of",
    "nn.SparseJacobian.forwardUpdate": "checks accUpdateGradParameters, which Python has none of",
    "nn.SparseJacobian.testAllUpdate": "checks accUpdateGradParameters, which Python has none of",
    "nn.SparseJacobian.testJacobianUpdateParameters": "checks accUpdateGradParameters, which Python has none of",
    "nn.test": "runs nn's own tests; pytest runs those of this project",
    "nn.testTHNN": "runs nn's own tests; pytest runs those of this project",
    "nn.utils.clear": "called by clearState: empties fields that Python's modules do not keep",
    "optim.ConfusionMatrix:render": "draws a picture: `matplotlib.pyplot.matshow(mat)`",
    "optim.Logger:style": "how gnuplot draws a column; matplotlib draws in Python",
    "optim.Logger:plot": "draws with gnuplot; `matplotlib.pyplot.plot(losses)`",
    "optim.Logger:display": "whether plot opens a window",
    "optim.Logger:setlogscale": "whether plot has a logarithmic axis; `matplotlib.pyplot.semilogy`",
    "optim.polyinterp": "called by optim.lswolfe: the minimum of a polynomial",
    "nngraph.display": "writes pictures of both graphs; `nn.draw(net, 'net.svg')` in Python",
    "nngraph.setDebug": "a net that fails draws itself; in Python the error names the module",
    **dict.fromkeys(
        [f"nngraph.Node:{m}" for m in ("bfs", "bfs_dirty", "dfs", "dfs_dirty", "graph", "hasCycle", "label", "visit")],
        "a walk over the graph of nodes; `net.steps` has them in order in Python",
    ),
}


def named_in_rows() -> set[str]:
    """The names that rows speak of."""
    names = set(REGISTRY)
    for chapter in CHAPTERS:
        for call in chapter.calls:
            names |= set(call.names.split())
    for row in OPTIMIZERS:
        names |= {word.strip("(){}, ") for word in row.lua.replace("(", " ").split() if word.startswith("optim.")}
    return names


def reason(name: str, rows: set[str]) -> str | None:
    """Why a name has no row of its own, or which has it; empty where it has one, None where nothing is known of it."""
    if name in rows:
        return ""
    if name in NAMES:
        return NAMES[name]
    _, _, method = name.partition(":")
    if method:
        for base in _BASES:
            if f"{base}:{method}" in rows:
                return f"as of every {base.removeprefix('nn.').lower()}: {base}:{method}"
        return METHODS.get(method)
    return None


def missing(names: Iterable[str]) -> list[str]:
    """The names that have neither a row nor a reason to have none.

    >>> missing(["nn.Linear", "nn.Tanh:updateOutput", "nn.Nothing"])
    ['nn.Nothing']
    """
    rows = named_in_rows()
    return [name for name in names if reason(name, rows) is None]
