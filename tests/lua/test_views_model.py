"""Views, brackets, resize and set against a naive model: a list for the storage, and the place of each element."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

import pytest

from lua_compat import LuaError, Runtime


@dataclass
class Model:
    """A tensor over a list of numbers, which other tensors may share."""

    storage: list[float]
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def places(self) -> list[int]:
        """Where the elements lie, in order."""
        if not self.size:
            return []
        steps = itertools.product(*(range(n) for n in self.size))
        return [self.offset + sum(i * s for i, s in zip(at, self.stride, strict=True)) for at in steps]

    def values(self) -> list[float]:
        return [self.storage[p] for p in self.places()]

    def contiguous(self) -> bool:
        return self.places() == list(range(self.offset, self.offset + len(self.places())))

    def like(self, offset: int, size: Any, stride: Any) -> Model:
        return Model(self.storage, offset, tuple(size), tuple(stride))

    def narrow(self, d: int, start: int, length: int) -> Model:
        size = [*self.size]
        size[d] = length
        return self.like(self.offset + start * self.stride[d], size, self.stride)

    def select(self, d: int, i: int) -> Model:
        size, stride = [*self.size], [*self.stride]
        del size[d]
        return self.like(self.offset + i * stride.pop(d), size, stride)

    def fill(self, value: float) -> None:
        for p in self.places():
            self.storage[p] = value

    def copy(self, values: list[float]) -> None:
        for p, value in zip(self.places(), values, strict=True):
            self.storage[p] = value


def _steps(size: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor of that size whose elements lie one after another."""
    steps = [1]
    for n in reversed(size[1:]):
        steps.insert(0, steps[0] * n)
    return tuple(steps)


def _numbers(values: Any) -> str:
    return ", ".join(map(str, values))


class Steps:
    """One random operation after another, as Lua code for ``x`` and on the model."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def dim(self, x: Model) -> int:
        return self.random.randrange(len(x.size))

    def narrow(self, x: Model) -> tuple[str, Model]:
        d = self.dim(x)
        start = self.random.randrange(x.size[d])
        length = self.random.randint(1, x.size[d] - start)
        return f"x:narrow({d + 1}, {start + 1}, {length})", x.narrow(d, start, length)

    def sub(self, x: Model) -> tuple[str, Model]:
        arguments, y = [], x
        for d in range(self.random.randint(1, len(x.size))):
            start = self.random.randrange(x.size[d])
            end = self.random.randrange(start, x.size[d])
            arguments += [start + 1, end - x.size[d] if self.random.random() < 0.5 else end + 1]
            y = y.narrow(d, start, end - start + 1)
        return f"x:sub({_numbers(arguments)})", y

    def select(self, x: Model) -> tuple[str, Model]:
        if len(x.size) < 2:
            return self.narrow(x)
        d = self.dim(x)
        i = self.random.randrange(x.size[d])
        return f"x:select({d + 1}, {i + 1})", x.select(d, i)

    def transpose(self, x: Model) -> tuple[str, Model]:
        a, b = self.dim(x), self.dim(x)
        order = [*range(len(x.size))]
        order[a], order[b] = b, a
        return f"x:transpose({a + 1}, {b + 1})", self._permuted(x, order)

    def permute(self, x: Model) -> tuple[str, Model]:
        order = self.random.sample(range(len(x.size)), len(x.size))
        return f"x:permute({_numbers(d + 1 for d in order)})", self._permuted(x, order)

    def _permuted(self, x: Model, order: list[int]) -> Model:
        return x.like(x.offset, [x.size[d] for d in order], [x.stride[d] for d in order])

    def unfold(self, x: Model) -> tuple[str, Model]:
        d = self.dim(x)
        size, step = self.random.randint(1, x.size[d]), self.random.randint(1, 3)
        count = (x.size[d] - size) // step + 1
        sizes, strides = [*x.size, size], [*x.stride, x.stride[d]]
        sizes[d], strides[d] = count, x.stride[d] * step
        if len(sizes) > 5:
            return self.narrow(x)
        return f"x:unfold({d + 1}, {size}, {step})", x.like(x.offset, sizes, strides)

    def expand(self, x: Model) -> tuple[str, Model]:
        front = [self.random.randint(1, 2)] if self.random.random() < 0.3 and len(x.size) < 4 else []
        size = [*front, *(self.random.randint(1, 3) if n == 1 else n for n in x.size)]
        stride = [*(0 for _ in front), *(0 if n == 1 else s for n, s in zip(x.size, x.stride, strict=True))]
        form = self.random.choice(["x:expand({})", "torch.expand(x, {})", "x:expand(torch.LongStorage{{{}}})",
                                   "x:expandAs(torch.Tensor({}))", "torch.Tensor():expand(x, {})"])  # fmt: skip
        return form.format(_numbers(size)), x.like(x.offset, size, stride)

    def view(self, x: Model) -> tuple[str, Model]:
        if not x.contiguous():
            return self.narrow(x)
        count = len(x.places())
        first = self.random.choice([d for d in range(1, count + 1) if count % d == 0])
        size = (first, count // first)
        shown = (first, -1) if self.random.random() < 0.5 else size
        form = self.random.choice(["x:view({})", "x:view(torch.LongStorage{{{}}})", "torch.view(x, {})",
                                   "torch.Tensor():view(x, {})"])  # fmt: skip
        return form.format(_numbers(shown)), x.like(x.offset, size, _steps(size))

    def squeeze(self, x: Model) -> tuple[str, Model]:
        kept = [d for d, n in enumerate(x.size) if n != 1]
        if not kept:
            return self.narrow(x)
        return "x:squeeze()", x.like(x.offset, [x.size[d] for d in kept], [x.stride[d] for d in kept])

    def set(self, x: Model) -> tuple[str, Model]:
        """A place of the storage anew, by numbers or by storages; elements may overlap."""
        size = tuple(self.random.randint(1, 3) for _ in range(self.random.randint(1, 3)))
        stride = tuple(self.random.randint(0, 3) for _ in size)
        last = sum((n - 1) * s for n, s in zip(size, stride, strict=True))
        offset = self.random.randrange(max(1, len(x.storage) - last))
        grown = offset + last + 1 - len(x.storage)
        x.storage.extend([0.0] * max(0, grown))
        if self.random.random() < 0.5:
            arguments = f"torch.LongStorage{{{_numbers(size)}}}, torch.LongStorage{{{_numbers(stride)}}}"
        else:
            arguments = _numbers(v for pair in zip(size, stride, strict=True) for v in pair)
        form = self.random.choice(["torch.Tensor(s, {}, {})", "torch.Tensor():set(s, {}, {})"])
        return form.format(offset + 1, arguments), x.like(offset, size, stride)

    def resize(self, x: Model) -> tuple[str, Model]:
        size = tuple(self.random.randint(1, 4) for _ in range(self.random.randint(1, 3)))
        form = self.random.choice(["torch.Tensor(x):resize({})", "torch.Tensor(x):resize(torch.LongStorage{{{}}})",
                                   "torch.Tensor(x):resizeAs(torch.Tensor({}))"])  # fmt: skip
        if size == x.size:
            return form.format(_numbers(size)), x
        y = x.like(x.offset, size, _steps(size))
        x.storage.extend([0.0] * (max(y.places()) + 1 - len(x.storage)))
        return form.format(_numbers(size)), y

    def brackets(self, x: Model) -> tuple[str, Model | float]:
        entries: list[str] = []
        y, d = x, 0
        for n in x.size[: self.random.randint(1, len(x.size))]:
            i = self.random.randrange(n)
            end = self.random.randrange(i, n)
            low = i - n if self.random.random() < 0.3 else i + 1
            high = end - n if self.random.random() < 0.3 else end + 1
            kind = self.random.choice(["one", "all", "range", "kept"])
            if kind == "one":
                entries.append(str(low))
                y = y.select(d, i)
                continue
            entries.append({"all": "{}", "range": f"{{{low}, {high}}}", "kept": f"{{{low}}}"}[kind])
            if kind != "all":
                y = y.narrow(d, i, end - i + 1 if kind == "range" else 1)
            d += 1
        if len(entries) == 1 and entries[0].lstrip("-").isdigit() and self.random.random() < 0.5:
            code = f"x[{entries[0]}]"
        else:
            code = f"x[{{{', '.join(entries)}}}]"
        return code, y if y.size else x.storage[y.offset]

    VIEWS = ("narrow", "sub", "select", "transpose", "permute", "unfold", "expand", "view", "squeeze", "set", "resize",
             "brackets")  # fmt: skip

    def any_view(self, x: Model) -> tuple[str, Model | float]:
        made: tuple[str, Model | float] = getattr(self, self.random.choice(self.VIEWS))(x)
        return made

    def write(self, x: Model) -> str:
        """A change of some elements: code, after the model was changed."""
        kind = self.random.choice(
            ["fill", "brackets", "tensor", "mask", "mask tensor", "storage", "element", "add", "index"]
        )
        value = float(self.random.randint(-9, 9))
        count = len(x.places())
        distinct = len(set(x.places())) == count
        if kind == "storage":
            p = self.random.randrange(len(x.storage))
            x.storage[p] = value
            return f"s[{p + 1}] = {value}"
        if kind == "element":
            at = tuple(self.random.randrange(n) for n in x.size)
            x.storage[x.offset + sum(i * s for i, s in zip(at, x.stride, strict=True))] = value
            chain = "".join(f"[{i + 1}]" for i in at)
            nested = f"{{{_numbers(i + 1 for i in at)}}}"
            return f"x{self.random.choice([chain, f'[{nested}]', f'[torch.LongStorage{nested}]'])} = {value}"
        if kind == "brackets" or not distinct:
            code, target = self.brackets(x)
            if not isinstance(target, Model):
                return "x:size()"
            target.fill(value)
            return f"{code} = {value}"
        if kind == "tensor":
            code, target = self.brackets(x)
            if not isinstance(target, Model):
                return "x:size()"
            values = [float(self.random.randint(-9, 9)) for _ in target.places()]
            target.copy(values)
            word = self.random.choice(["Tensor", "FloatTensor", "IntTensor"])
            return f"{code} = torch.{word}{{{_numbers(values)}}}"
        if kind.startswith("mask"):
            limit = self.random.randint(-9, 9)
            chosen = [p for p in x.places() if x.storage[p] > limit]
            if kind == "mask" or not chosen:
                for p in chosen:
                    x.storage[p] = value
                return f"x[x:gt({limit})] = {value}"
            values = [float(self.random.randint(-9, 9)) for _ in chosen]
            for p, v in zip(chosen, values, strict=True):
                x.storage[p] = v
            return f"x[x:gt({limit})] = torch.Tensor{{{_numbers(values)}}}"
        if kind == "add":
            x.copy([v + value for v in x.values()])
            return f"x:add({value})"
        if kind == "index":
            d = self.dim(x)
            i = self.random.randrange(x.size[d])
            x.narrow(d, i, 1).fill(value)
            return f"x:indexFill({d + 1}, torch.LongTensor{{{i + 1}}}, {value})"
        x.fill(value)
        return f"x:fill({value})"


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _compare(found: Any, model: Model, done: list[str]) -> None:
    said = "\n".join(done)
    assert found.shape == model.size, said
    assert found.array.reshape(-1).tolist() == model.values(), said
    assert found.storage_offset() == model.offset, said
    steps = [(s, t) for n, s, t in zip(model.size, found.stride(), model.stride, strict=True) if n > 1]
    assert all(s == t for s, t in steps), said


@pytest.mark.parametrize("seed", range(150))
def test_random_views_and_writes(lua: Runtime, seed: int) -> None:
    steps = Steps(seed)
    size = tuple(steps.random.randint(1, 5) for _ in range(steps.random.randint(1, 4)))
    count = len(Model([], 0, size, _steps(size)).places())
    root = Model([float(i) for i in range(1, count + 1)], 0, size, _steps(size))
    x, s = lua.execute(f"local x = torch.range(1, {count}):resize({_numbers(size)}); return x, x:storage()")
    model, done = root, [f"x of {size}"]
    for _ in range(8):
        known = len(s)
        code, made = steps.any_view(model)
        done.append(code)
        found = lua.execute(f"local x, s = ...; return {code}", x, s)
        assert len(s) == len(root.storage)
        s.buffer[known:] = 0  # what a storage grew by is not set
        if not isinstance(made, Model):
            assert found == made, "\n".join(done)
            continue
        _compare(found, made, done)
        x, model = found, made
        done.append(steps.write(model))
        lua.execute(
            f"local x, s = ...; {done[-1]}" if "=" in done[-1] else f"local x, s = ...; local _ = {done[-1]}", x, s
        )
        assert [s[i] for i in range(len(root.storage))] == root.storage, "\n".join(done)


@pytest.mark.parametrize("code", [
    "x[0]", "x[4]", "x[-4]", "x[{0}]", "x[{4}]", "x[{-4}]", "x[{{1, 4}}]", "x[{{0, 2}}]", "x[{{3, 2}}]", "x[{1, 5}]",
    "x[{1, 1, 1}]", "x[{{}, {}, {}}]", "x['a']:size()", "x[{'a'}]", "x[{{'a'}}]", "x[true]", "x[torch.ByteTensor(2)]",
    "x[torch.LongStorage{1}]", "x[torch.LongStorage{1, 2, 3}]", "x[torch.LongStorage{4, 1}]", "x[torch.LongTensor{1}]",
    "x:storage()[0]", "x:storage()[13]", "x:storage()[-1]",
])  # fmt: skip
def test_brackets_that_are_refused(lua: Runtime, code: str) -> None:
    with pytest.raises(LuaError, match=r"^here:1: "):
        lua.execute(f"local x = torch.Tensor(3, 4); local y = {code}", name="=here")


@pytest.mark.parametrize("code", [
    "x[0] = 1", "x[4] = 1", "x[{1, 5}] = 1", "x[{{1, 4}}] = 1", "x[1] = torch.Tensor(3)",
    "x[{{1, 2}}] = torch.Tensor(3)", "x[1] = 'a'", "x[1] = {1, 2, 3, 4}", "x[1] = nil", "x[1] = true",
    "x[{{}, 1}] = {1, 2, 3}", "x[{1, 1}] = torch.Tensor(2)",
    "x[x:ge(0)] = torch.Tensor(2)", "x[torch.ByteTensor(3):fill(1)] = 1", "x.field = 1", "x[torch.LongStorage{1}] = 2",
    "x:storage()[13] = 1", "x:storage()[0] = 1", "x:storage()[1] = 'a'", "x[x:ge(0)] = 'a'",
])  # fmt: skip
def test_assignments_that_are_refused_change_nothing(lua: Runtime, code: str) -> None:
    x = lua.execute("return torch.range(1, 12):resize(3, 4)")
    with pytest.raises(LuaError, match=r"^here:1: "):
        lua.execute(f"local x = ...; {code}", x, name="=here")
    assert x.array.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]


def test_overlapping_elements_are_visited_one_by_one(lua: Runtime) -> None:
    """Windows that overlap, and strides of 0."""
    assert lua.execute("""
        local x = torch.range(1, 5)
        local sum = x:unfold(1, 3, 1):sum()
        local zero = torch.Tensor(torch.DoubleStorage{7}, 1, torch.LongStorage{3}, torch.LongStorage{0})
        local filled = torch.Tensor(torch.DoubleStorage(1):fill(2), 1, 3, 0):fill(5)
        return sum, zero:sum(), filled:storage()[1], zero:size(1), zero:isContiguous(), zero:clone():storage():size()
    """) == (27, 21, 5, 3, False, 3)  # fmt: skip


@pytest.mark.parametrize(("call", "expected"), [
    ("x:unfold(1, 3, 1):add(1)", [2, 4, 6, 6, 6]), ("x:unfold(1, 3, 1):mul(2)", [2, 8, 24, 16, 10]),
    ("x:unfold(1, 2, 2):add(1)", [2, 3, 4, 5, 5]), ("x:narrow(1, 1, 1):expand(3):add(1)", [4, 2, 3, 4, 5]),
    ("x:narrow(1, 2, 1):expand(3):cmul(torch.Tensor{2, 3, 4})", [1, 48, 3, 4, 5]),
    ("x:narrow(1, 2, 1):expand(3):add(10, torch.Tensor{1, 2, 3})", [1, 62, 3, 4, 5]),
    ("x:narrow(1, 4, 1):expand(2):sqrt()", [1, 2, 3, 4 ** 0.25, 5]),
    ("x:narrow(1, 2, 1):expand(2):addcmul(1, torch.ones(2), torch.ones(2))", [1, 4, 3, 4, 5]),
    ("torch.Tensor():set(x:storage(), 1, 3, 1, 2, 1):add(1)", [2, 4, 5, 5, 5]),
    ("x:unfold(1, 3, 1):fill(7)", [7, 7, 7, 7, 7]),
])  # fmt: skip
def test_writing_through_overlapping_places_counts_each(lua: Runtime, call: str, expected: list[float]) -> None:
    assert lua.execute(f"local x = torch.range(1, 5); local y = {call}; return x").array.tolist() == expected


def test_empty_tensors_and_single_elements(lua: Runtime) -> None:
    assert lua.execute("""
        local e = torch.Tensor()
        local made = {}
        for _, f in ipairs{
           function() return e:dim() end, function() return e:nElement() end, function() return e:size():size() end,
           function() return e:sum() end, function() return e:prod() end, function() return #e:totable() end,
           function() return torch.cat(e, e):dim() end, function() return e:clone():dim() end,
           function() return e:add(1):dim() end, function() return torch.add(e, e):dim() end,
           function() return e:nonzero():dim() end, function() return torch.Tensor(3):zero():nonzero():dim() end,
           function() return torch.Tensor(3):gt(10):sum() end,
           function() return torch.Tensor{1}:maskedSelect(torch.ByteTensor{0}):dim() end,
           function() return torch.Tensor{5}:squeeze() end, function() return torch.Tensor(1, 1):fill(6):squeeze() end,
           function() return torch.Tensor(0):dim() end, function() return torch.Tensor(2, 0, 3):dim() end,
           function() return torch.Tensor(2):resize(0):dim() end, function() return torch.Tensor(2, 3):set():dim() end,
           function() return torch.equal(e, torch.Tensor()) and 1 or 0 end,
        } do made[#made + 1] = f() end
        return unpack(made)
    """) == (0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 6, 0, 1, 0, 0, 1)  # fmt: skip


@pytest.mark.parametrize("code", [
    "e:max()", "e:min()", "e:mean()", "e:size(1)", "e:sum(1)", "e[1]", "e:narrow(1, 1, 1)", "e:select(1, 1)", "e:t()",
    "e:view(1)", "e:expand(2, 3)", "e:sort()", "e:unfold(1, 1, 1)", "e:transpose(1, 2)", "e:dot(torch.ones(1))",
    "e[{}]", "e[{1}]",
])  # fmt: skip
def test_what_an_empty_tensor_cannot_give(lua: Runtime, code: str) -> None:
    if code == "e[{}]":
        assert lua.execute("local e = torch.Tensor(); return e[{}]:dim()") == 0
        return
    with pytest.raises(LuaError, match=r"^here:1: "):
        lua.execute(f"local e = torch.Tensor(); local y = {code}", name="=here")


def test_resize_keeps_what_the_storage_holds(lua: Runtime) -> None:
    assert lua.execute("""
        local x = torch.range(1, 6)
        local view = x:narrow(1, 3, 2)
        x:resize(2)
        x:resize(2, 3)
        local t = torch.range(1, 4):resize(2, 2):t()
        local before = t:stride(1)
        t:resize(2, 2)
        local strided = torch.Tensor():resize(torch.LongStorage{2, 2}, torch.LongStorage{1, 2})
        local partly = torch.Tensor():resize(torch.LongStorage{2, 3}, torch.LongStorage{-1, -1})
        view:resize(9)
        return x[2][3], view[1], view[4], #x:storage(), t:stride(1) == before, strided:stride(2),
           strided:storage():size(), partly:stride(1), view:storage() == x:storage()
    """) == (6, 3, 6, 11, True, 2, 4, 3, True)  # fmt: skip
