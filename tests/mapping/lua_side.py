"""What tests in both languages share: Lua's side of a case, and numbers to compare."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat import Runtime
from pytorch_from_lua.nn.protocol import tree_map
from pytorch_from_lua.tensor import Tensor

HELPERS = """
local H = {}

local function collect(value, into)
   if torch.isTensor(value) or type(value) == 'number' then
      into[#into + 1] = value
   else
      for _, item in ipairs(value) do collect(item, into) end
   end
   return into
end

-- The tensors of a nested table, and how many there are.
function H.flat(value)
   local found = collect(value, {})
   return #found, unpack(found)
end

-- One tensor as it is, several as a table, nested as `H.nesting` has their numbers.
function H.given(...)
   local tensors = {...}
   local function at(place)
      if type(place) == 'number' then return tensors[place] end
      local nested = {}
      for i, p in ipairs(place) do nested[i] = at(p) end
      return nested
   end
   if H.nesting then return at(H.nesting) end
   if select('#', ...) == 1 then return (...) end
   return tensors
end

-- The nesting of a value with other tensors in it, in order.
function H.like(value, tensors)
   if torch.isTensor(value) or type(value) == 'number' then return table.remove(tensors, 1) end
   local made = {}
   for i, item in ipairs(value) do made[i] = H.like(item, tensors) end
   return made
end

return H
"""


def runtime() -> Runtime:
    """A Lua with `nn` and the helpers, and with what was for a GPU on the CPU."""
    lua = Runtime(cuda="cpu")
    lua.execute(f"H = (function() {HELPERS} end)()")
    return lua


def as_array(value: Any) -> Any:
    """The value of either language as something to compare."""
    return value.array if isinstance(value, Tensor) else value


def of_lua(tensor: Any) -> Any:
    """The input as Lua takes it: doubles, with labels from 1; a mask is bytes; None stays."""
    if tensor is None:
        return None
    if tensor.dtype.name == "bool":
        return Tensor.from_array(tensor.array.astype(np.uint8))
    shift = 0 if tensor.dtype.is_floating_point else 1
    return Tensor.from_array(tensor.array.astype(np.float64) + shift)


def flat(answer: Any) -> list[Any]:
    """What `H.flat` found."""
    if not isinstance(answer, tuple):
        assert answer == 0
        return []
    assert answer[0] == len(answer) - 1
    return list(answer[1:])


def close(got: Any, want: Any, what: str) -> None:
    """Fails where shapes or numbers differ."""
    mine, theirs = np.asarray(as_array(got), np.float64), np.asarray(as_array(want), np.float64)
    assert mine.shape == theirs.shape, what
    np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11, err_msg=what)


def copied(value: Any) -> Any:
    """The same with tensors of its own."""
    return tree_map(lambda t: Tensor.from_array(t.array.copy()), value)
