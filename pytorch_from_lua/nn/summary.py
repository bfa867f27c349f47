"""A model as a table: each module with its shapes, parameters and multiply-adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import place
from pytorch_from_lua.nn.costs import multiply_adds
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.protocol import tree_map
from pytorch_from_lua.tensor import Tensor

_LONGEST = 64  # characters of a class and its numbers


class Call(NamedTuple):
    """One call of a module: the shape of what it gave (see `shapes`), its multiply-adds, and the shape of its input."""

    output: Any
    multiply_adds: int
    input: Any = None


@dataclass(frozen=True)
class Row:
    """One module of a `Summary`.

    Attributes:
        place: its dotted path, empty for the whole.
        module: its class with its numbers.
        output: the shape of its output (a list of shapes for a table), or None where none is known.
        parameters: how many numbers its own parameters have; those of an earlier row are not counted again.
        trainable: how many of them take gradients.
        multiply_adds: what it takes itself, or None where it was not run.
        shared: the place of the row that it is the same module as, if there is one.
    """

    place: str
    module: str
    output: Any
    parameters: int
    trainable: int
    multiply_adds: int | None
    shared: str | None = None


@dataclass(frozen=True)
class Summary:
    """What `summary` found; its text is the table.

    Attributes:
        rows: one for each module, from the top down.
        input: the shape of the input, or None.
        parameters: how many numbers all parameters have; shared memory is counted once.
        trainable: how many of them take gradients.
        buffers: how many numbers the buffers have (running statistics, say).
        bytes: the memory of parameters and buffers.
        multiply_adds: what one forward takes, or None without an input.
    """

    rows: list[Row] = field(repr=False)
    input: Any
    parameters: int
    trainable: int
    buffers: int
    bytes: int
    multiply_adds: int | None

    def to_dict(self) -> dict[str, Any]:
        """The same as dicts, lists, numbers and strings."""
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def summary(module: Module, input: Any = None, *, training: bool = False) -> Summary:
    """A table with a row for each module: place, class, output's shape, parameters and multiply-adds.

    The input is run once, in evaluation unless ``training`` is true; random stream, running statistics and modes are
    as before afterwards. Without an input there are no shapes. What is counted is said in `pytorch_from_lua.nn.costs`.

    Args:
        module: the model.
        input: a tensor, the shape of one (filled with ones, or zeros for a model that starts with a table of
            embeddings), or a list of either for a model that takes several.
        training: whether to run as in training.

    Raises:
        ModuleError: where the input is none of these, and whatever the model says of an input that does not fit.

    >>> from pytorch_from_lua import nn
    >>> print(nn.summary(nn.Sequential(nn.Linear(4, 3), nn.Tanh()), (2, 4)))
    Place   Module                                               Output   Parameters   Multiply-adds
    (all)   Sequential                                           2x3
    0         Linear(in_features=4, out_features=3, bias=True)   2x3              15              24
    1         Tanh                                               2x3
    <BLANKLINE>
    Parameters     15 (60 bytes), all trainable
    Multiply-adds  24 for an input of 2x4
    """
    given = None if input is None else _tensors(module, input)
    calls = {} if given is None else record(module, given, training)
    seen: set[tuple[Any, ...]] = set()
    first: dict[int, str] = {}
    tree = list(module.named_modules(remove_duplicate=False))
    places = Counter(id(below) for _, below in tree)
    rows = []
    for path, below in tree:
        own = list({id(p): p for p in below._parameters.values() if p is not None}.values())
        new = [p for p in own if _memory(p) not in seen and not seen.add(_memory(p))]  # type: ignore[func-returns-value]
        # The calls of a module at several places are theirs in order; the last place has what is left.
        places[id(below)] -= 1
        made = calls.get(id(below), [])
        mine = made[:1] if places[id(below)] else made
        calls[id(below)] = made[len(mine) :]
        rows.append(
            Row(
                path,
                place.name(below).removesuffix("()"),
                mine[0].output if mine else None,
                sum(p.numel() for p in new),
                sum(p.numel() for p in new if p.requires_grad),
                sum(call.multiply_adds for call in mine) if given is not None else None,
                first.get(id(below)),
            )
        )
        first.setdefault(id(below), path)
    buffers = {_memory(b): b for b in module.buffers()}
    held = {_memory(t): t for t in [*module.parameters(), *buffers.values()]}
    return Summary(
        rows,
        None if given is None else shapes(given),
        sum(row.parameters for row in rows),
        sum(row.trainable for row in rows),
        sum(b.numel() for b in buffers.values()),
        sum(t.numel() * t.dtype.itemsize for t in held.values()),
        None if given is None else sum(row.multiply_adds or 0 for row in rows),
    )


def record(module: Module, input: Any, training: bool = False) -> dict[int, list[Call]]:
    """Runs the module and gives the calls of every module in it, by ``id``; nothing of the module changes."""
    import pytorch_from_lua as torch

    calls: dict[int, list[Call]] = {}
    handles, hooked = [], []

    def seen(below: Any, inputs: Any, output: Any) -> None:
        given = shapes(inputs[0] if len(inputs) == 1 else inputs)
        calls.setdefault(id(below), []).append(Call(shapes(output), multiply_adds(below, inputs, output), given))

    stream = torch.get_rng_state()
    with _as_it_was(module):
        try:
            for below in module.modules():
                if below._hooks is None:
                    hooked.append(below)
                handles.append(below.register_forward_hook(seen))
            module.train(training)
            with torch.no_grad():
                module(tree_map(lambda t: t.clone(), input))
        finally:
            for handle in handles:
                handle.remove()
            for below in hooked:
                below.__dict__.pop("_hooks", None)
            torch.set_rng_state(stream)
    return calls


@contextmanager
def _as_it_was(module: Module) -> Iterator[None]:
    """Modes and buffers after the block are those before it."""
    modes = [(m, m.training) for m in module.modules()]
    held = [(m, dict(m._buffers)) for m in module.modules()]
    buffers = [(b, b.array.copy()) for b in module.buffers()]
    try:
        yield
    finally:
        for below, mode in modes:
            below.__dict__["training"] = mode
        for below, names in held:
            below.__dict__["_buffers"] = names
        for buffer, values in buffers:
            buffer.array[...] = values


def _tensors(module: Module, given: Any) -> Any:
    """The input that a shape, or a list of shapes, stands for."""
    import pytorch_from_lua as torch

    if isinstance(given, Tensor):
        return given
    if isinstance(given, (tuple, list)) and given and all(isinstance(n, int) for n in given):
        if _looks_up(module):
            return torch.zeros(*given, dtype=torch.int64)
        kinds = [p.dtype for p in [*module.parameters(), *module.buffers()] if p.dtype.is_floating_point]
        return torch.ones(*given, dtype=kinds[0] if kinds else None)
    if isinstance(given, Sequence) and given and not isinstance(given, str):
        return [_tensors(module, item) for item in given]
    raise ModuleError(f"input: needs a tensor, a shape, or a list of them, got {given!r}")


def _looks_up(module: Module) -> bool:
    """Whether what comes first in the module takes indices."""
    while True:
        if any(base.__name__ in ("Embedding", "EmbeddingBag") for base in type(module).__mro__):
            return True
        below = next(module.children(), None)
        if below is None:
            return False
        module = below


def shapes(value: Any) -> Any:
    """The shape of a tensor as a list; a list of them for a table."""
    if isinstance(value, Tensor):
        return list(value.shape)
    if isinstance(value, dict):
        return {str(k): shapes(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [shapes(v) for v in value]
    return type(value).__name__


def shape_text(shape: Any) -> str:
    """A shape on one line: ``1x3x224x224``, ``{2x3, 2x4}``."""
    if shape is None:
        return ""
    if isinstance(shape, str):
        return shape
    if isinstance(shape, dict):
        return "{" + ", ".join(f"{k} = {shape_text(v)}" for k, v in shape.items()) + "}"
    if all(isinstance(n, int) for n in shape):
        return "x".join(map(str, shape)) if shape else "()"
    shown = [shape_text(s) for s in shape[:4]] + ([f"... {len(shape)} in all"] if len(shape) > 4 else [])
    return "{" + ", ".join(shown) + "}"


def _memory(tensor: Tensor) -> tuple[Any, ...]:
    """What is the same for tensors that are the same view of one storage."""
    return (id(tensor.storage()), tensor.storage_offset(), tensor.shape, tensor.stride())


def short_number(count: int) -> str:
    """A count with three digits: ``1.82 G``."""
    for size, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:.3g} {letter}"
    return str(count)


def memory_text(size: int) -> str:
    """A number of bytes with its unit: ``28.9 KiB``."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def _lines(s: Summary) -> Iterator[str]:
    head = ["Place", "Module", *(["Output"] if s.input is not None else []), "Parameters"]
    head += ["Multiply-adds"] if s.input is not None else []
    table = [head]
    for row in s.rows:
        depth = row.place.count(".") + 1 if row.place else 0
        text = "  " * depth + (f"{row.module}, as {row.shared}" if row.shared is not None else row.module)
        cells = [row.place or "(all)", text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"]
        cells += [shape_text(row.output)] if s.input is not None else []
        cells += [f"{row.parameters:,}" if row.parameters else ""]
        cells += [f"{row.multiply_adds:,}" if row.multiply_adds else ""] if s.input is not None else []
        table.append(cells)
    numbers = {len(head) - 1, len(head) - 2} if s.input is not None else {len(head) - 1}
    widths = [max(len(cells[i]) for cells in table) for i in range(len(head))]
    for cells in table:
        line = "   ".join(
            c.rjust(w) if i in numbers else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))
        )
        yield line.rstrip()
    trained = "all trainable" if s.trainable == s.parameters else f"{s.trainable:,} trainable"
    yield ""
    yield f"Parameters     {s.parameters:,} ({memory_text(s.bytes)}{' with buffers' if s.buffers else ''}), {trained}"
    if s.buffers:
        yield f"Buffers        {s.buffers:,}"
    if s.multiply_adds is not None:
        exact = f" ({s.multiply_adds:,})" if s.multiply_adds >= 1000 else ""
        yield f"Multiply-adds  {short_number(s.multiply_adds)}{exact} for an input of {shape_text(s.input)}"
