"""PyTorch, as the tests of exports use it: what an expression makes there, with the state of ours."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from lua_compat.export.pytorch.sources import imports, sources
from lua_compat.export.state import state_of
from pytorch_from_lua.nn.protocol import tree_leaves
from pytorch_from_lua.tensor import Tensor


def built(torch: Any, text: str) -> Any:
    """What an expression gives, in double precision, with the classes that it needs."""
    classes = sources(re.findall(r"\w+", text))
    code = f"{classes}\n\n\ndef build():\n    return {text}\n"
    space: dict[str, Any] = {}
    exec(imports(code) + "\n\n\n" + code, space)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        return space["build"]().double()
    finally:
        torch.set_default_dtype(before)


def with_state(torch: Any, theirs: Any, ours: Any) -> Any:
    """Theirs with the state of ours: the same names, the same shapes."""
    state = {name: torch.from_numpy(t.array.copy()) for name, t in state_of(ours).items()}
    theirs.load_state_dict(state)
    return theirs


def given(torch: Any, value: Any) -> Any:
    """A value of ours in PyTorch: tensors in lists."""
    if isinstance(value, (list, tuple)):
        return [given(torch, v) for v in value]
    return torch.from_numpy(value.array.copy()) if isinstance(value, Tensor) else value


def leaves(value: Any) -> list[Any]:
    """The tensors of nested lists and tuples."""
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, (list, tuple)) else [value]


def agree(ours: Any, theirs: Any, rtol: float = 1e-10, atol: float = 1e-12) -> None:
    """Fails where shapes or numbers differ."""
    mine, peers = list(tree_leaves(ours)), leaves(theirs)
    assert len(mine) == len(peers)
    for m, p in zip(mine, peers, strict=True):
        assert tuple(m.shape) == tuple(p.shape)
        np.testing.assert_allclose(m.array, p.detach().numpy(), rtol=rtol, atol=atol)
