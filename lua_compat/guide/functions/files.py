"""Files of numbers, of objects, and in memory."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

SAVING = (
    Row(
        "torch.save('x.t7', x); torch.load('x.t7')",
        "lua_compat.save('x.t7', x); lua_compat.load('x.t7')",
        "binary; either side reads the other's",
        "torch.save(x, 'x.pt'); torch.load('x.pt')",
    ),
    Row(
        "torch.save('x.t7', x, 'ascii'); torch.load('x.t7', 'ascii')",
        "lua_compat.save('x.t7', x, format='ascii'); lua_compat.load('x.t7')",
        "Python sees by itself which it is",
        "torch.save(x, 'x.pt'); torch.load('x.pt')",
    ),
    Row(
        "torch.save('t.t7', {lr = 0.1, w = x}); torch.load('t.t7').lr",
        "lua_compat.save('t.t7', {'lr': 0.1, 'w': x}); lua_compat.load('t.t7').lr",
        "tables are dicts or lists",
        "torch.save({'lr': 0.1, 'w': x}, 't.pt'); torch.load('t.pt')['lr']",
    ),
    Row(
        "torch.saveobj('x.t7', x); torch.loadobj('x.t7')",
        "lua_compat.save('x.t7', x); lua_compat.load('x.t7')",
        "other names of `save` and `load`",
        "torch.save(x, 'x.pt'); torch.load('x.pt')",
    ),
    Row("torch.deserialize(torch.serialize(x))", "pickle.loads(pickle.dumps(x))", "a string of bytes"),
    Row("torch.deserializeFromStorage(torch.serializeToStorage(x))", "pickle.loads(pickle.dumps(x))"),
    Row(
        "local f = torch.MemoryFile(); x:write(f); f:seek(1); y:read(f); y",
        "f = io.BytesIO(); pickle.dump(x, f); f.seek(0); y = pickle.load(f); y",
        "what `torch.save` and `torch.load` call; a class of one's own has `__reduce__` in Python",
    ),
)

#: Torch7's name of an element type, `struct`'s letter for it, its bytes, and an example.
_NUMBERS = (
    *(("Byte", "B", 1, "7"), ("Char", "b", 1, "-7"), ("Short", "h", 2, "-7"), ("Int", "i", 4, "-7")),
    *(("Long", "q", 8, "-7"), ("Float", "f", 4, "0.5"), ("Double", "d", 8, "0.1")),
)


def _number(name: str, letter: str, size: int, example: str) -> Row:
    """A number of a type, written in bytes and read back."""
    return Row(
        f"local f = torch.MemoryFile(); f:binary(); f:write{name}({example}); f:seek(1); f:read{name}()",
        f"f = io.BytesIO(); f.write(struct.pack('{letter}', {example})); f.seek(0); "
        f"struct.unpack('{letter}', f.read({size}))[0]",
    )


def _order(method: str, letter: str) -> Row:
    """Bytes in an order."""
    return Row(
        f"local f = torch.DiskFile('x.bin', 'rw'); f:binary(); f:{method}(); f:writeInt(1); f:seek(1); f:readByte(4)",
        f"f = open('x.bin', 'w+b'); f.write(struct.pack('{letter}i', 1)); f.seek(0); list(f.read(4))",
    )


FILES = (
    Row(
        "local f = torch.DiskFile('x.txt', 'w'); f:writeInt(5); f:writeDouble(0.5); f:close(); "
        "torch.DiskFile('x.txt'):readString('*a')",
        "f = open('x.txt', 'w'); f.write('5\\n'); f.write('0.5\\n'); f.close(); Path('x.txt').read_text()",
        "text unless told otherwise, each number followed by a line end",
    ),
    Row(
        "local f = torch.DiskFile('x.txt', 'rw'); f:writeString('5 6'); f:seek(1); f:readInt(), f:readInt()",
        "f = open('x.txt', 'w+'); f.write('5 6'); f.seek(0); tuple(map(int, f.read().split()))",
    ),
    *[_number(*row) for row in _NUMBERS],
    Row(
        "local f = torch.MemoryFile(); f:binary(); f:writeDouble(v:storage()); f:seek(1); f:readDouble(4)",
        "f = io.BytesIO(); f.write(v.numpy().tobytes()); f.seek(0); np.frombuffer(f.read(32)).tolist()",
        "many at once",
    ),
    Row(
        "local f = torch.MemoryFile(); f:ascii(); f:writeBool(true); f:seek(1); f:readBool()",
        "f = io.StringIO(); f.write('1\\n'); f.seek(0); bool(int(f.readline()))",
    ),
    Row(
        "local f = torch.MemoryFile(); f:writeString('one\\ntwo'); f:seek(1); f:readString('*l'), f:readString('*a')",
        "f = io.StringIO(); f.write('one\\ntwo'); f.seek(0); f.readline().rstrip('\\n'), f.read()",
    ),
    Row(
        "local f = torch.MemoryFile(); f:writeObject(x); f:seek(1); f:readObject()",
        "f = io.BytesIO(); pickle.dump(x, f); f.seek(0); pickle.load(f)",
        "for files that Torch7 reads: `lua_compat.save`",
    ),
    Row(
        "local f = torch.MemoryFile(); f:writeObject({x, x}); f:seek(1); local t = f:readObject(); t[1] == t[2]",
        "f = io.BytesIO(); pickle.dump([x, x], f); f.seek(0); t = pickle.load(f); t[0] is t[1]",
        "what is in a file twice is one object; `f:referenced(false)` for copies",
    ),
    Row(
        "local f = torch.MemoryFile(); f:referenced(false); f:writeObject({x, x}); f:seek(1); f:isReferenced()",
        "f = io.BytesIO(); p = pickle.Pickler(f); p.fast = True; p.dump([x, x]); not p.fast",
    ),
    Row(
        "local f = torch.MemoryFile(); f:noAutoSpacing(); f:writeInt(5); f:writeInt(6); f:seek(1); f:readString('*a')",
        "f = io.StringIO(); f.write('5'); f.write('6'); f.getvalue()",
        "no line ends between numbers",
    ),
    Row(
        "local f = torch.MemoryFile(); f:writeString('abc'); f:storage():string():sub(1, 3)",
        "f = io.StringIO(); f.write('abc'); f.getvalue()",
        "the storage ends in a 0",
    ),
    Row(
        "local f = torch.MemoryFile(); f:autoSpacing(); f:writeInt(5); f:seekEnd(); f:position()",
        "f = io.StringIO(); f.write('5\\n'); f.seek(0, 2); f.tell() + 1",
        "positions count from 1 in Lua",
    ),
    Row(
        "local f = torch.DiskFile('x.bin', 'w'); f:binary(); f:isBinary(), f:isReadable(), f:isWritable()",
        "f = open('x.bin', 'wb'); 'b' in f.mode, f.readable(), f.writable()",
    ),
    _order("bigEndianEncoding", ">"),
    _order("littleEndianEncoding", "<"),
    _order("nativeEndianEncoding", "="),
    Row(
        "local f = torch.DiskFile('x.bin', 'w'); f:isLittleEndianCPU(), f:isBigEndianCPU()",
        "sys.byteorder == 'little', sys.byteorder == 'big'",
    ),
    Row(
        "local f = torch.MemoryFile(); f:binary(); f:longSize(4); f:writeLong(7); f:seekEnd(); f:position() - 1",
        "len(struct.pack('<i', 7))",
        "longs of 4 bytes, as 32-bit machines and Windows wrote them",
    ),
    Row(
        "local f = torch.DiskFile('x.txt', 'w'); f:noBuffer(); f:writeString('a'); "
        "torch.DiskFile('x.txt'):readString('*a')",
        "f = open('x.txt', 'wb', buffering=0); f.write(b'a'); Path('x.txt').read_text()",
    ),
    Row(
        "local f = torch.DiskFile('x.txt', 'w'); f:writeString('a'); f:synchronize(); "
        "torch.DiskFile('x.txt'):readString('*a')",
        "f = open('x.txt', 'w'); f.write('a'); f.flush(); Path('x.txt').read_text()",
    ),
    Row(
        "local f = torch.MemoryFile(); f:quiet(); f:readInt(); f:hasError()",
        "f = io.StringIO(); f.readline() == ''",
        "an error is noted, not raised, in a quiet file; Python gives nothing at the end",
    ),
    Row(
        "local f = torch.MemoryFile(); f:pedantic(); (pcall(f.readInt, f))",
        "f = io.StringIO()\ntry: found = bool(int(f.readline()))\nexcept ValueError: found = False\nfound",
    ),
    Row(
        "torch.PipeFile('echo 5'):readInt()",
        "int(subprocess.run('echo 5', shell=True, capture_output=True).stdout)",
    ),
)
