"""One file in memory, read again and again: from the third time on the value is a copy, which nobody must notice."""

from __future__ import annotations

from typing import Any

import pytest

from lua_compat import Runtime

READ = """
    require 'nngraph'
    local function again(storage)
       local reader = torch.MemoryFile(storage, 'r'):binary()
       local value = reader:readObject()
       local position = reader:position()
       reader:close()
       return value, position
    end
    local function written(value)
       local file = torch.MemoryFile('w'):binary()
       file:writeObject(value)
       return file
    end
"""


@pytest.fixture(scope="module")
def lua() -> Any:
    return Runtime()


def test_copies_are_what_is_read_and_have_memory_of_their_own(lua: Any) -> None:
    assert lua.execute(
        READ
        + """
        local x = torch.range(1, 6):resize(2, 3)
        local value = {x = x, row = x[2], list = {1, 'two', true}, long = torch.LongStorage{7, 8}}
        value.empty = torch.Tensor()
        value.me, value.list[value.list], value[x] = value, 'key', 'tensor'
        value.module = nn.Linear(2, 2)
        local file, copies, places = written(value), {}, {}
        for i = 1, 5 do copies[i], places[i] = again(file:storage()) end
        local right = true
        for i, copy in ipairs(copies) do
           right = right and copy.me == copy and copy.list[copy.list] == 'key' and copy[copy.x] == 'tensor'
              and copy.x[2][3] == 6 and copy.row[3] == 6 and copy.long[2] == 8 and copy.empty:dim() == 0
              and torch.type(copy.module) == 'nn.Linear' and copy.module.weight[1][1] == value.module.weight[1][1]
              and copy.list[2] == 'two' and copy.list[3] == true and places[i] == places[1]
           copy.row[3] = 60 + i
           copy.list[1] = 10 + i
           copy.module.weight:fill(i)
        end
        local shared, own = true, true
        for i, copy in ipairs(copies) do
           shared = shared and copy.x[2][3] == 60 + i
           own = own and copy.list[1] == 10 + i and copy.module.weight[2][1] == i
        end
        return right, shared, own, x[2][3], again(file:storage()).x[2][3]
        """
    ) == (True, True, True, 6, 6)


@pytest.mark.parametrize(
    "change",
    [
        "storage[at] = storage[at] + 1",
        "local bytes = torch.data(storage); bytes[at - 1] = bytes[at - 1] + 1",
        "local f = torch.MemoryFile(storage, 'rw'):binary(); f:seek(at); f:writeByte(byte + 1); f:close()",
    ],
)
def test_bytes_that_were_changed_are_read_anew(lua: Any, change: str) -> None:
    assert lua.execute(
        READ
        + f"""
        local storage = written('a string of some bytes'):storage()
        local at
        for i = 1, #storage do if storage[i] == ('s'):byte() then at = i break end end
        local byte, seen = storage[at], {{}}
        for i = 1, 4 do seen[i] = again(storage) end
        {change}
        for i = 5, 8 do seen[i] = again(storage) end
        return seen[4], seen[5], seen[8]
        """
    ) == ("a string of some bytes", "a ttring of some bytes", "a ttring of some bytes")


def test_what_follows_in_the_file_and_what_reads_itself_is_never_copied(lua: Any) -> None:
    assert lua.execute(
        READ
        + """
        local count = 0
        local Reading = torch.class('ReadingItself')
        function Reading:write(file) file:writeInt(5) end
        function Reading:read(file) count, self.value = count + 1, file:readInt() end
        local object = setmetatable({}, Reading)
        local file = written({object = object})
        local sum = 0
        for i = 1, 5 do sum = sum + again(file:storage()).object.value end

        local shared = {1}
        local two = torch.MemoryFile('w'):binary()
        two:writeObject({shared})
        two:writeObject({shared})
        local same = 0
        for i = 1, 5 do
           local reader = torch.MemoryFile(two:storage(), 'r'):binary()
           local a, b = reader:readObject(), reader:readObject()
           if a[1] == b[1] then same = same + 1 end
        end
        local calls = written({f = function(x) return x + 1 end})
        local total = 0
        for i = 1, 5 do total = total + again(calls:storage()).f(i) end
        return count, sum, same, total
        """
    ) == (5, 25, 5, 20)


def test_nets_of_nngraph_share_what_they_shared(lua: Any) -> None:
    assert (
        lua.execute(
            READ
            + """
        local a = nn.Identity()()
        local first = nn.Linear(3, 3)
        local second = first:clone('weight', 'bias')
        local net = nn.gModule({a}, {second(nn.Tanh()(first(a)))})
        local parameters = net:getParameters()
        local file, x = written(net), torch.randn(2, 3)
        local right = 0
        for i = 1, 5 do
           local copy = again(file:storage())
           local flat = copy:getParameters()
           local same = (copy:forward(x) - net:forward(x)):abs():max() == 0
           flat:zero()
           if same and flat:nElement() == parameters:nElement() and copy:forward(x):abs():max() == 0
              and copy.fg.nodes[1].data.forwardNodeId == net.fg.nodes[1].data.forwardNodeId
              and net:forward(x):abs():max() > 0 then right = right + 1 end
        end
        return right
        """
        )
        == 5
    )


def test_cuda_tensors_stay_what_they_are() -> None:
    lua = Runtime(cuda="cpu")
    assert lua.execute(
        READ
        + """
        require 'cunn'
        local file = written({full = torch.CudaTensor{1, 2}, empty = torch.CudaTensor(), s = torch.CudaLongStorage{3}})
        local value
        for _ = 1, 4 do value = again(file:storage()) end
        return torch.type(value.full), torch.type(value.empty), torch.type(value.s), value.full:sum()
        """
    ) == ("torch.CudaTensor", "torch.CudaTensor", "torch.CudaLongStorage", 3)
