"""Classes and objects."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

CLASSES = (
    Row(
        "torch.class('A')\nfunction A:__init(n) self.n = n end\nfunction A:twice() return 2 * self.n end\nA(4):twice()",
        "class A:\n    def __init__(self, n):\n        self.n = n\n    def twice(self):\n        return 2 * self.n\n\n"
        "A(4).twice()",
    ),
    Row(
        "torch.class('A')\nfunction A:__init(n) self.n = n end\nlocal _, parent = torch.class('B', 'A')\n"
        "function B:__init() parent.__init(self, 5) end\nB().n",
        "class A:\n    def __init__(self, n):\n        self.n = n\n\nclass B(A):\n    def __init__(self):\n"
        "        super().__init__(5)\n\nB().n",
    ),
    Row(
        "torch.class('A'); function A:__tostring__() return 'an A' end; tostring(A())",
        "class A:\n    def __repr__(self):\n        return 'an A'\n\nstr(A())",
        "operators: `__add__`, `__len__` and the like have one name in both",
    ),
    Row("torch.class('A'); torch.type(A())", "class A: pass\ntype(A()).__name__", "of what is no object, Lua's `type`"),
    Row("torch.class('A'); torch.typename(A())", "class A: pass\ntype(A()).__name__"),
    Row(
        "torch.class('A'); torch.class('B', 'A'); torch.isTypeOf(B(), 'A')",
        "class A: pass\nclass B(A): pass\nisinstance(B(), A)",
    ),
    Row("torch.isTypeOf(x, 'torch.DoubleTensor')", "x.dtype == torch.float64"),
    Row(
        "torch.class('A'); function A:__init() self.n = 5 end; torch.factory('A')().n",
        "class A:\n    n = None\n    def __init__(self):\n        self.n = 5\n\nA.__new__(A).n",
        "an instance without calling its constructor",
    ),
    Row(
        "torch.class('A'); function A:f() return 5 end; torch.setmetatable({}, 'A'):f()",
        "class A:\n    def f(self):\n        return 5\n\nclass Empty: pass\no = Empty(); o.__class__ = A; o.f()",
    ),
    Row(
        "torch.class('A'); torch.getmetatable('A').size = 5; A().size",
        "class A: pass\nA.size = 5; A().size",
        "the class, which its instances look in",
    ),
    Row("torch.class('A'); torch.getconstructortable('A') == A", "class A: pass\nglobals()['A'] is A"),
    Row(
        "local A = torch.newmetatable('A', nil, function() return torch.setmetatable({n = 5}, 'A') end); _G.A().n",
        "A = type('A', (), {'n': 5}); A().n",
    ),
    Row("torch.pointer(x) == torch.pointer(x)", "id(x) == id(x)", "a number for an object"),
)
