"""Storages: the memory under tensors."""

from __future__ import annotations

from lua_compat.guide.functions.row import NO_PYTORCH, Row

STORAGES = (
    Row(
        "torch.DoubleStorage{1, 2, 3}",
        "torch.tensor([1., 2., 3.]).storage()",
        "in PyTorch a storage is bytes: use a tensor of one dimension",
        "torch.tensor([1., 2., 3.]).tolist()",
    ),
    Row(
        "torch.DoubleStorage(3):fill(2)",
        "torch.Storage.empty(3, torch.float64).fill_(2)",
        "",
        "torch.empty(3).fill_(2).tolist()",
    ),
    Row("x:storage():size()", "len(x.storage())", "", "x.untyped_storage().nbytes() // x.element_size()"),
    Row("#x:storage()", "len(x.storage())", "", "x.untyped_storage().nbytes() // x.element_size()"),
    Row("x:storage()[2]", "x.storage()[1]", "", "x.view(-1)[1]"),
    Row("x:storage()[2] = 5; x", "x.storage()[1] = 5; x", "", "x.view(-1)[1] = 5; x"),
    Row("x:storage():fill(1); x", "x.storage().fill_(1); x", "", "x.fill_(1)"),
    Row(
        "x:storage():copy(y:storage()); x",
        "x.storage().copy_(y.storage()); x",
        "",
        "x.untyped_storage().copy_(y.untyped_storage()); x",
    ),
    Row(
        "x:storage():resize(20):size()",
        "len(x.storage().resize_(20))",
        "",
        "x.untyped_storage().resize_(160); x.untyped_storage().nbytes() // 8",
    ),
    Row("x:storage():totable()", "x.storage().tolist()", "", "x.view(-1).tolist()"),
    Row("x:storage():data()[1]", "np.asarray(x.storage())[1]", "the memory itself", "x.numpy().reshape(-1)[1]"),
    Row(
        "local f = torch.MemoryFile(); x:storage():write(f); f:seek(1); local s = torch.DoubleStorage(); s:read(f); s",
        "f = io.BytesIO(); pickle.dump(x.storage(), f); f.seek(0); pickle.load(f)",
        "what `torch.save` and `torch.load` call",
        "f = io.BytesIO(); pickle.dump(x, f); f.seek(0); pickle.load(f).view(-1).tolist()",
    ),
    Row("x:storage():elementSize()", "x.storage().dtype.itemsize", "", "x.element_size()"),
    Row("x:storage().new(3):fill(0)", "torch.Storage.empty(3, x.dtype).fill_(0)", "", NO_PYTORCH),
    Row(
        "torch.CharStorage():string('abc'):string()",
        "bytes(torch.tensor(list(b'abc')).tolist()).decode()",
        "text as numbers and back",
    ),
    Row(
        "torch.Tensor(torch.DoubleStorage{1, 2, 3, 4}, 2, torch.LongStorage{3})",
        "torch.empty(0).set_(torch.tensor([1., 2., 3., 4.]).storage(), 1, (3,), (1,))",
        "the offset counts from 1 in Lua",
        "torch.empty(0).set_(torch.tensor([1., 2., 3., 4.]).untyped_storage(), 1, (3,), (1,))",
    ),
    Row(
        "torch.DoubleStorage('f.bin', true, 3):fill(2); torch.DoubleStorage('f.bin')",
        "torch.Storage.from_file('f.bin', torch.float64, 3, shared=True).fill_(2); "
        "torch.Storage.from_file('f.bin', torch.float64)",
        "a file mapped into memory",
        "torch.from_file('f.bin', shared=True, size=3).fill_(2); torch.from_file('f.bin', size=3).tolist()",
    ),
)
