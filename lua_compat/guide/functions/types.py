"""Element types, and what is of which."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

TYPES = (
    Row("x:type()", "'torch.' + x.dtype.torch7 + 'Tensor'", "`x.dtype` is `torch.float64`", "x.type()"),
    Row("x:type('torch.IntTensor')", "x.to(torch.int32)", "a copy, unless it has that type already"),
    Row("x:typeAs(i)", "x.type_as(i)"),
    Row("x:double()", "x.double()"),
    Row("x:float()", "x.float()"),
    Row("x:half():float()", "x.half().float()"),
    Row("torch.abs(x):byte()", "x.abs().byte()"),
    Row("x:char()", "x.char()"),
    Row("x:short()", "x.short()"),
    Row("x:int()", "x.int()"),
    Row("x:long()", "x.long()"),
    Row("n:real()", "n.to(torch.get_default_dtype())", "the default type"),
    Row("x:elementSize()", "x.element_size()", "bytes"),
    Row("x:totable()", "x.tolist()"),
    Row("tostring(n):find('12') ~= nil", "'12' in str(n)", "Torch7's layout in Lua, PyTorch's in Python"),
    Row("x:data()[5]", "x.numpy().reshape(-1)[5]", "the memory itself: a C pointer in Lua, a numpy array in Python"),
    Row("torch.isTensor(x)", "torch.is_tensor(x)"),
    Row("torch.isStorage(x:storage())", "torch.is_storage(x.storage())", "", "torch.is_storage(x.untyped_storage())"),
    Row(
        "torch.type(x)",
        "'torch.' + x.dtype.torch7 + 'Tensor'",
        "of any value; of a Lua value that is no object, `type`",
        "x.type()",
    ),
    Row("torch.typename(x)", "'torch.' + x.dtype.torch7 + 'Tensor'", "nil for what is no object", "x.type()"),
    Row(
        "torch.setdefaulttensortype('torch.FloatTensor'); torch.zeros(2)",
        "torch.set_default_dtype(torch.float32); torch.zeros(2)",
    ),
    Row(
        "torch.getdefaulttensortype()",
        "'torch.' + torch.get_default_dtype().torch7 + 'Tensor'",
        "",
        "torch.empty(0).type()",
    ),
)
