"""A model as the source of a PyTorch module: a class with its layers and its forward, as a person would write it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lua_compat.export.pytorch.body import Body, Unknown, rendered
from lua_compat.export.pytorch.call import WIDTH, Call
from lua_compat.export.pytorch.expressions import Writer, check
from lua_compat.export.pytorch.flow import Flow, batch_flow
from lua_compat.export.pytorch.forms import Forms
from lua_compat.export.pytorch.forward import needs_code, run, takes_table
from lua_compat.export.pytorch.sources import imports, sources
from lua_compat.export.state import state_of
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor


class Source(NamedTuple):
    """The source of a model.

    Attributes:
        text: the Python file.
        names: the name of each tensor of the state in ours, and in the PyTorch module.
    """

    text: str
    names: dict[str, str]

    def state(self, module: Module) -> dict[str, Tensor]:
        """The state of the module under the names that it has in PyTorch, no two tensors on the same memory."""
        found: dict[str, Tensor] = {}
        seen: set[int] = set()
        for name, tensor in state_of(module).items():
            if self.names[name] not in found:
                storage = id(tensor.storage())
                found[self.names[name]] = tensor.detach().clone() if storage in seen else tensor.detach().contiguous()
                seen.add(storage)
        return found


#: Numbers of a tensor that are written in a source.
_SHOWN = 16


class SourceWriter(Writer):
    """Says modules as calls, and those that need code as classes of their own, which are its ``forms``."""

    def __init__(self, flow: Flow | None = None) -> None:
        super().__init__(flow, batches=False)
        self.forms = Forms()
        self._renamed: dict[int, list[tuple[str, str]]] = {}

    def tensor(self, value: Tensor) -> str:
        """Ones in place of many numbers: they come with the weights."""
        if value.numel() <= _SHOWN:
            return super().tensor(value)
        dtype = "" if value.dtype.name == "float32" else f", dtype=torch.{value.dtype.name}"
        return f"torch.ones({', '.join(map(str, value.shape))}{dtype})"

    def identity(self, module: Module) -> Any:
        """What is the same for modules that are one: the module, or copies that share all that they have."""
        tensors = [p for m in module.modules() for p in m._parameters.values() if p is not None]
        if not tensors or any(b is not None for m in module.modules() for b in m._buffers.values()):
            return id(module)
        text = str(Writer(self.flow, self.batches).one(module))
        return (text, *[id(p) for p in tensors])

    def _made(self, module: Module) -> Call:
        if not needs_code(module):
            if isinstance(module, nn.Sequential):  # names of its own become numbers
                self._renamed[id(module)] = [(name, str(i)) for i, name in enumerate(module._modules)]
            return super()._made(module)
        bound, self._bound = self._bound, {}  # what is named in one class is not known in another
        body = self.body(module)
        self._bound = bound
        return self.forms.place(_title(module), body.input, *body.finished())

    def body(self, module: Module) -> Body:
        """The attributes and the code of a module."""
        body = Body(self)
        body.input = body.variable("inputs" if takes_table(module) else "x")
        made = run(body, module, Unknown(body.input), "")
        body.lines.append(f"return {rendered(made)}")
        self._renamed[id(module)] = body.renamed()
        return body

    def places(self, module: Module, ours: str = "", theirs: str = "") -> Iterator[tuple[str, str]]:
        """Where each module of ours is in PyTorch, as pairs of paths; after all has been said."""
        for one, other in self._renamed.get(id(module), [(n, n) for n in module._modules]):
            below = module.get_submodule(one)
            yield from self.places(below, f"{ours}.{one}" if ours else one, f"{theirs}.{other}" if theirs else other)
        yield ours, theirs


def _title(module: Module) -> str:
    last = list(module._modules.values())[-2:] if isinstance(module, nn.Sequential) else []
    if any(isinstance(m, nn.CAddTable) for m in last):
        return "Residual"
    return "Branches" if isinstance(module, nn.Concat) else "Block"


def source(module: Module, *, title: str = "Model", file: str = "model.t7", input: Any = None) -> Source:
    """The source of a model, and the names that its tensors have there.

    The file has a class ``Model`` and a function ``load``, which gives it with the weights of the ``.safetensors``
    beside it. It needs ``torch`` and ``safetensors``, and nothing of ours.

    Args:
        module: the model.
        title: what the first line calls it.
        file: where it comes from.
        input: the shape of an input, or a list of them, where known: what is said then is shorter.

    Raises:
        ExportError: for modules that have no form in PyTorch, all of them in one message with their places.
    """
    writer = SourceWriter(None if input is None else batch_flow(module, input))
    text, calls = _model_class(module, writer)
    check(writer, module)
    names = _names(module, writer)
    text += _ties(module, names)
    called = {name for call in (*calls, *writer.forms.calls()) for name in call.names()}
    parts = (sources(called), *writer.forms.texts(), text, _load(module))
    whole = "\n\n\n".join([part for part in parts if part])
    return Source(_header(title, file, whole) + whole + "\n", names)


def _model_class(module: Module, writer: SourceWriter) -> tuple[str, list[Call]]:
    """The class Model, one with code or one that is made like the module's own class; and the calls in it."""
    writer.count(module)
    if needs_code(module):
        body = writer.body(module)
        attributes, code = body.finished()
        return writer.forms.text("Model", body.input, attributes, code), [call for _, call in attributes]
    call = writer.nested(module)
    made = writer.forms.finished(call)
    lines = list(Call("super().__init__", made.arguments).lines(WIDTH))
    head = [f"class Model({made.name}):", "    def __init__(self):"]
    return "\n".join([*head, *[f"        {line}" for line in lines]]), [call]


def _names(module: Module, writer: SourceWriter) -> dict[str, str]:
    """The name of each tensor of the state in PyTorch."""
    found: dict[str, str] = {}
    state = state_of(module)
    places = dict(writer.places(module))
    for name in state:
        above, _, last = name.rpartition(".")
        found[name] = f"{places[above]}.{last}" if places[above] else last
    return found


def _ties(module: Module, names: dict[str, str]) -> str:
    """Lines for the end of ``__init__``: what stands under several names is one tensor."""
    first: dict[Any, str] = {}
    lines: dict[str, None] = {}
    for name, tensor in state_of(module).items():
        key = (id(tensor.storage()), tensor.storage_offset(), tensor.shape, tensor.stride())
        before = first.setdefault(key, names[name]) if tensor.numel() else names[name]
        if before != names[name]:
            lines[f"        {_path(names[name])} = {_path(before)}"] = None
    return "".join([f"\n{line}" for line in lines])


def _path(name: str) -> str:
    """The expression of a tensor of the model: ``self[0].conv.weight``."""
    return "self" + "".join([f"[{part}]" if part.isdigit() else f".{part}" for part in name.split(".")])


def _load(module: Module) -> str:
    held = [t for m in module.modules() for t in (*m._parameters.values(), *m._buffers.values()) if t is not None]
    kinds = {t.dtype.name for t in held if t.dtype.is_floating_point}
    own = len(kinds) > 1 or any(m.keeps_type for m in module.modules())
    convert = {"float64": ".double()", "float16": ".half()"}.get(kinds.pop(), "") if len(kinds) == 1 else ""
    lines = [
        'def load(path=Path(__file__).with_suffix(".safetensors")):',
        '    """The model with its weights, in evaluation; `load().train()` is for training it further."""',
        f"    model = Model(){convert}",
        f"    model.load_state_dict(load_file(path){', assign=True' * own})",
        "    return model.eval()",
    ]
    return "\n".join(lines)


def _header(title: str, file: str, text: str) -> str:
    return f'"""{title} from {file}, for PyTorch; `load()` gives it with its weights."""\n\n{imports(text)}\n\n\n'


def write(module: Module, path: Path, **options: Any) -> Source:
    """Writes the source, and the state beside it; each appears under its name when it is whole."""
    from pytorch_from_lua.safetensors import save_file
    from pytorch_from_lua.serialization import replaced

    made = source(module, file=options.pop("file", path.name), **options)
    save_file(made.state(module), path.with_suffix(".safetensors"))
    with replaced(path) as file:
        file.write(made.text.encode())
    return made
