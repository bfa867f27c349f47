"""Random numbers: the stream, and what is drawn from it."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row


def _draw(name: str, parameters: str, python: str = "") -> Row:
    """A number, and a tensor filled."""
    method = f"{python or name}_({parameters})"
    return Row(f"torch.{name}({parameters}), v:{name}({parameters})", f"torch.empty(1).{method}.item(), v.{method}")


RANDOM_NUMBERS = (
    Row(
        "torch.manualSeed(5); torch.rand(3)",
        "torch.manual_seed(5); torch.rand(3)",
        "one stream, the same in both; PyTorch's is another",
    ),
    Row("torch.initialSeed()", "torch.initial_seed()"),
    Row(
        "type(torch.seed()) == 'number'",
        "isinstance(torch.seed(), int)",
        "starts from the clock or the system, and says from what",
    ),
    Row(
        "local s = torch.getRNGState(); local r = torch.rand(9); torch.setRNGState(s); torch.rand(9), r",
        "s = torch.get_rng_state(); r = torch.rand(9); torch.set_rng_state(s); torch.rand(9), r",
        "the bytes are Torch7's in Python too",
    ),
    Row("torch.rand(2, 2)", "torch.rand(2, 2)"),
    Row("torch.randn(5)", "torch.randn(5)"),
    Row("x:rand(2, 2)", "torch.rand(2, 2, out=x)", "resizes `x`", "x.resize_(2, 2).uniform_()"),
    Row("x:randn(2, 2)", "torch.randn(2, 2, out=x)", "", "x.resize_(2, 2).normal_()"),
    Row("torch.randperm(6)", "torch.randperm(6) + 1", "from 1 and double in Lua, from 0 and int64 in Python"),
    Row("n:randperm(4)", "torch.randperm(4, out=n) + 1"),
    Row(
        "torch.random(10), n:random(10)",
        "torch.randint(1, 11, ()).item(), n.random_(1, 11)",
        "Lua's range includes both ends",
    ),
    Row("torch.random(3, 5), n:random(3, 5)", "torch.randint(3, 6, ()).item(), n.random_(3, 6)"),
    Row("torch.random()", "torch.randint(2**32, ()).item()"),
    _draw("uniform", "-1, 1"),
    _draw("normal", "2, 3"),
    _draw("exponential", "0.5"),
    _draw("cauchy", "0, 2"),
    _draw("logNormal", "1, 2", "log_normal"),
    Row(
        "torch.geometric(0.3), v:geometric(0.3)",
        "torch.empty(1).geometric_(0.3).item(), v.geometric_(0.3)",
        "the chance to go on; in PyTorch that to stop",
        "torch.empty(1).geometric_(0.7).item(), v.geometric_(0.7)",
    ),
    _draw("bernoulli", "0.3"),
    Row("v:bernoulli(torch.Tensor{0, 1, 0.5, 0.5})", "torch.bernoulli(torch.tensor([0, 1, 0.5, 0.5]), out=v)"),
    Row(
        "w:abs(); torch.multinomial(w, 5, true)",
        "w.abs_(); w.multinomial(5, True) + 1",
        "indices count from 1 in Lua; weights need no sum of 1",
    ),
    Row("w:abs(); w:multinomial(2)", "w.abs_(); w.multinomial(2) + 1", "each one once"),
    Row(
        "local s = torch.multinomialAliasSetup(torch.Tensor{1, 2, 3}); torch.multinomialAlias(torch.LongTensor(5), s)",
        "g = torch.default_generator; g.alias_draw(*g.alias_setup([1, 2, 3]), (5,)) + 1",
        "tables made once, for many draws",
        "torch.tensor([1., 2, 3]).multinomial(5, True)",
    ),
    Row(
        "local g = torch.Generator(); torch.manualSeed(g, 3); torch.rand(g, 2)",
        "g = torch.Generator(); g.manual_seed(3); torch.rand(2, generator=g)",
        "a stream of its own",
    ),
    Row(
        "local f, g = torch.MemoryFile(), torch.Generator(); torch.manualSeed(g, 3); g:write(f); f:seek(1); "
        "local h = torch.Generator(); h:read(f); torch.initialSeed(h)",
        "g = torch.Generator(); g.manual_seed(3); h = pickle.loads(pickle.dumps(g)); h.initial_seed()",
        "",
        "g = torch.Generator(); g.manual_seed(3); h = torch.Generator(); h.set_state(g.get_state()); h.initial_seed()",
    ),
)
