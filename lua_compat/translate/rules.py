"""Forms of calls that the registry does not know: functions and methods of tensors, and of Lua's own libraries.

`templates` explains the letters. Of several rules of one name the first that fits is taken.
"""

from __future__ import annotations

import functools
from dataclasses import replace

from lua_compat.translate import learned
from lua_compat.translate.templates import Rule, rows

#: Functions of one tensor, element by element: `torch.f(x)`, `x:f()` in place, and with a result that is given first.
POINTWISE = (
    *("abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "exp", "floor", "log", "log1p", "neg", "round", "sigmoid"),
    *("sign", "sin", "sinh", "sqrt", "rsqrt", "tan", "tanh", "frac", "trunc"),
)
#: Comparisons: by name, and the operator.
COMPARED = {"gt": ">", "lt": "<", "ge": ">=", "le": "<=", "eq": "==", "ne": "!="}
#: Reductions to a number, or along a dimension, which stays.
REDUCED = {"sum": "el", "mean": "float", "prod": "el", "std": "float", "var": "float", "norm": "float"}

_TENSORS = rows("""
torch.range k k | lua.arange({0}, {1}) | T1
torch.range k k k | lua.arange({0}, {1}, {2}) | T1
torch.logspace k k N | torch.logspace({0}, {1}, {2}) | T1
torch.eye N N | torch.eye({0}, {1}) | T2
torch.zeros s | torch.zeros({0}) | T
torch.ones s | torch.ones({0}) | T
torch.rand s | torch.rand({0}) | T
torch.randn s | torch.randn({0}) | T
torch.rand x N* | torch.rand({*}, generator={0}) | T=
torch.randn x N* | torch.randn({*}, generator={0}) | T=
torch.randperm x N | torch.randperm({1}, generator={0}) + 1 | T1i
torch.uniform | lua.uniform() | float
torch.uniform k | lua.uniform(0, {0}) | float
torch.uniform k k | lua.uniform({0}, {1}) | float
torch.uniform x | lua.uniform(generator={0}) | float
torch.uniform x k | lua.uniform(0, {1}, generator={0}) | float
torch.uniform x k k | lua.uniform({1}, {2}, generator={0}) | float
torch.random | lua.random() | int
torch.random N | lua.random(1, {0}) | int
torch.random N N | lua.random({0}, {1}) | int
torch.random x | lua.random(generator={0}) | int
torch.random x N | lua.random(1, {1}, generator={0}) | int
torch.random x N N | lua.random({1}, {2}, generator={0}) | int
torch.normal | lua.normal() | float
torch.normal k | lua.normal({0}) | float
torch.normal k k | lua.normal({0}, {1}) | float
torch.normal x k k | lua.normal({1}, {2}, generator={0}) | float
torch.bernoulli | lua.bernoulli() | int
torch.bernoulli k | lua.bernoulli({0}) | int
torch.multinomial t N | {0}.multinomial({1}) + 1 | T0i
torch.multinomial t N b | {0}.multinomial({1}, replacement={2}) + 1 | T0i
torch.Generator | torch.Generator() | generator
torch.manualSeed N | torch.manual_seed({0}) | nil
torch.manualSeed x N | {0}.manual_seed({1}) | nil
torch.seed | torch.seed() | int
torch.getRNGState | torch.get_rng_state() | T1i
torch.setRNGState x | torch.set_rng_state({0}) | nil
cutorch.synchronize | torch.cuda.synchronize() | nil
cutorch.getDeviceCount | torch.cuda.device_count() | int
torch.setnumthreads N | torch.set_num_threads({0}) | nil
torch.getnumthreads | torch.get_num_threads() | int
torch.setdefaulttensortype x | torch.set_default_tensor_type({0}) | nil
torch.getdefaulttensortype | lua.default_tensor_type() | str
torch.type x | lua.type_of({0}) | str
torch.typename x | lua.typename({0}) | str?
torch.isTypeOf x x | lua.is_type_of({0}, {1}) | bool
torch.Timer | lua.Timer() | timer
torch.tic | lua.tic() | float
torch.toc x | lua.toc({0}) | float
torch.MemoryFile | lua.MemoryFile() | memory
torch.MemoryFile S | lua.MemoryFile({0}) | memory
torch.MemoryFile x S | lua.MemoryFile({1}, {0}) | memory
torch.load x | lua.load({0}) | any
torch.load x x | lua.load({0}) | any
torch.save x x | lua.save({0}, {1}) | nil
torch.save x x S | lua.save({0}, {1}, format={2}) | nil
torch.numel t | {0}.numel() | int
torch.totable t | lua.totable({0}) | any
torch.cat t t | torch.cat([{0}, {1}], -1) | T
torch.cat L | torch.cat({0}, -1) | T
torch.cross t t | torch.cross({0}, {1}) | 0
torch.trace t | torch.trace({0}).item() | el
torch.triu t | torch.triu({0}) | 0
torch.dist t t | torch.dist({0}, {1}).item() | float
torch.bmm t t | {0}.bmm({1}) | T3
torch.cumsum t | {0}.cumsum(0) | 0
torch.cumprod t D | {0}.cumprod({1}) | 0
torch.squeeze t | {0}.squeeze() | T
torch.sort t | {0}.sort()[0] ;; {0}.sort()[1] + 1 | 0 ;; T0i
torch.sort t D | {0}.sort({1})[0] ;; {0}.sort({1})[1] + 1 | 0 ;; T0i
torch.sort t D b | {0}.sort({1}, descending={2})[0] ;; {0}.sort({1}, descending={2})[1] + 1 | 0 ;; T0i
torch.sort t b | {0}.sort(descending={1})[0] ;; {0}.sort(descending={1})[1] + 1 | 0 ;; T0i
torch.topk t N D b b | {0}.topk({1}, {2}, {3}, {4})[0] ;; {0}.topk({1}, {2}, {3}, {4})[1] + 1 | 0 ;; T0i
torch.topk t N D b | {0}.topk({1}, {2}, {3})[0] ;; {0}.topk({1}, {2}, {3})[1] + 1 | 0 ;; T0i
torch.topk t N D | {0}.topk({1}, {2}, largest=False)[0] ;; {0}.topk({1}, {2}, largest=False)[1] + 1 | 0 ;; T0i
torch.mode t D | {0}.mode({1}, keepdim=True)[0] ;; {0}.mode({1}, keepdim=True)[1] + 1 | 0 ;; T0i
torch.isTensor x | torch.is_tensor({0}) | bool
torch.topk t N | {0}.topk({1}, largest=False)[0] ;; {0}.topk({1}, largest=False)[1] + 1 | 0 ;; T0i
torch.min t D | {0}.min({1}, keepdim=True)[0] ;; {0}.min({1}, keepdim=True)[1] + 1 | 0 ;; T0i
torch.max t | {0}.max().item() | el
torch.min t | {0}.min().item() | el
torch.median t | {0}.median(-1, keepdim=True)[0] ;; {0}.median(-1, keepdim=True)[1] + 1 | 0 ;; T0i
torch.norm t k | {0}.norm({1}).item() | float
torch.norm t k D | {0}.norm({1}, {2}, keepdim=True) | 0
torch.gather t D J | {0}.gather({1}, {2}) | 0
torch.repeatTensor t N* | {0}.repeat({*}) | T=
torch.expand t N* | {0}.expand({*}) | T=
torch.addcmul t k t t | torch.addcmul({0}, {2}, {3}, value={1}) | 0
torch.histc t N k k | torch.histc({0}, {1}, {2}, {3}) | T1
torch.any t | bool({0}.any()) | bool
torch.all t | bool({0}.all()) | bool

:isTensor t | True | bool
:storage t | {0}.storage() | storage
:storageOffset t | {0}.storage_offset() + 1 | int
:viewAs t t | {0}.view_as({1}) | 1
:view t s | {0}.view({1}) | T
:view t t N* | {1}.view({*}) | T
:reshape t s | {0}.reshape({1}) | T
:expand t N* | {0}.expand({*}) | T=
:expand t s | {0}.expand({1}) | T
:expandAs t t | {0}.expand_as({1}) | 1
:permute t I* | {0}.permute({*}) | 0
:squeeze t | {0}.squeeze() | T
:squeeze t D | {0}.squeeze({1}) | T
:split t N | {0}.split({1}) | any
:split t N D | {0}.split({1}, {2}) | any
:chunk t N | {0}.chunk({1}) | any
:chunk t N D | {0}.chunk({1}, {2}) | any
:copy t t | {0}.copy_({1}) | 0
:resize t s | {0}.resize_({1}) | T
:set t t | {0}.set_({1}) | 1
:set t | lua.emptied({0}) | 0
:new t | {0}.new() | T0
:new t N* | {0}.new({*}) | T=
:new t x | {0}.new({1}) | T
:add t t k | torch.add({1}, {2}, out={0}) | 0
:add t t t | torch.add({1}, {2}, out={0}) | 0
:add t t k t | torch.add({1}, {3}, alpha={2}, out={0}) | 0
:csub t k | {0}.sub_({1}) | 0
:mul t t k | torch.mul({1}, {2}, out={0}) | 0
:div t t k | torch.div({1}, {2}, out={0}) | 0
:cmul t t t | torch.mul({1}, {2}, out={0}) | 0
:cdiv t t t | torch.div({1}, {2}, out={0}) | 0
:addcmul t k t t | {0}.addcmul_({2}, {3}, value={1}) | 0
:addcmul t t t | {0}.addcmul_({1}, {2}) | 0
:addcdiv t k t t | {0}.addcdiv_({2}, {3}, value={1}) | 0
:addcdiv t t t | {0}.addcdiv_({1}, {2}) | 0
:addmm t k t t | {0}.addmm_({2}, {3}, alpha={1}) | T2
:addmm t k t k t t | {0}.copy_(torch.addmm({2}, {4}, {5}, beta={1}, alpha={3})) | T2
:addmm t t t t | torch.addmm({1}, {2}, {3}, out={0}) | T2
:addmm t t k t t | torch.addmm({1}, {3}, {4}, alpha={2}, out={0}) | T2
:addmv t t t t | torch.addmv({1}, {2}, {3}, out={0}) | T1
:addr t t t t | torch.addr({1}, {2}, {3}, out={0}) | T2
:addr t k t t | {0}.addr_({2}, {3}, alpha={1}) | T2
:sum t t D | torch.sum({1}, {2}, keepdim=True, out={0}) | 1
:mean t t D | torch.mean({1}, {2}, keepdim=True, out={0}) | 1
:uniform t | {0}.uniform_() | 0
:uniform t x k k | {0}.uniform_({2}, {3}, generator={1}) | 0
:normal t | {0}.normal_() | 0
:normal t x k k | {0}.normal_({2}, {3}, generator={1}) | 0
:bernoulli t | {0}.bernoulli_() | 0
:random t N | lua.fill_random({0}, 1, {1}) | 0
:random t N N | lua.fill_random({0}, {1}, {2}) | 0
:random t | {0}.random_() | 0
:multinomial t N | {0}.multinomial({1}) + 1 | T0i
:max t D | {0}.max({1}, keepdim=True)[0] ;; {0}.max({1}, keepdim=True)[1] + 1 | 0 ;; T0i
:min t D | {0}.min({1}, keepdim=True)[0] ;; {0}.min({1}, keepdim=True)[1] + 1 | 0 ;; T0i
:sort t | {0}.sort()[0] ;; {0}.sort()[1] + 1 | 0 ;; T0i
:sort t D | {0}.sort({1})[0] ;; {0}.sort({1})[1] + 1 | 0 ;; T0i
:sort t D b | {0}.sort({1}, descending={2})[0] ;; {0}.sort({1}, descending={2})[1] + 1 | 0 ;; T0i
:sort t b | {0}.sort(descending={1})[0] ;; {0}.sort(descending={1})[1] + 1 | 0 ;; T0i
:topk t N D b b | {0}.topk({1}, {2}, {3}, {4})[0] ;; {0}.topk({1}, {2}, {3}, {4})[1] + 1 | 0 ;; T0i
:norm t k | {0}.norm({1}).item() | float
:norm t k D | {0}.norm({1}, {2}, keepdim=True) | 0
:scatter t D J t | {0}.scatter_({1}, {2}, {3}) | 0
:indexCopy t D J t | {0}.index_copy_({1}, {2}, {3}) | 0
:indexAdd t D J t | {0}.index_add_({1}, {2}, {3}) | 0
:fill t x | {0}.fill_({1}) | 0
:indexFill t D J k | {0}.index_fill_({1}, {2}, {3}) | 0
:index t t D J | {0}.copy_({1}.index_select({2}, {3})) | 0
:maskedFill t t k | {0}.masked_fill_({1}.bool(), {2}) | 0
:maskedCopy t t t | {0}.masked_scatter_({1}.bool(), {2}) | 0
:maskedSelect t t | {0}.masked_select({1}.bool()) | T1
:renorm t k D k | {0}.renorm_({1}, {2}, {3}) | 0
:equal t t | {0}.equal({1}) | bool
:apply t f | lua.apply({0}, {1}) | 0
:map t t f | lua.map_({0}, {1}, {2}) | 0
:type t | lua.type_of({0}) | str
:typeAs t t | {0}.type_as({1}) | 0
:byte t | {0}.byte() | T0i
:cuda t | {0}.cuda() | 0
:swapaxes t D I | {0}.transpose({1}, {2}) | 0
""")

_LUA = rows("""
torch.floor k | math.floor({0}) | int
torch.ceil k | math.ceil({0}) | int
torch.round k | lua.round({0}) | int
torch.abs k | abs({0}) | 0n
torch.sqrt k | math.sqrt({0}) | float
torch.log k | lua.log({0}) | float
paths.basename x S | os.path.basename({0}).removesuffix({1}) | str
math.floor k | math.floor({0}) | int
math.ceil k | math.ceil({0}) | int
math.sqrt k | math.sqrt({0}) | float
math.exp k | math.exp({0}) | float
math.log k | lua.log({0}) | float
math.log10 k | math.log10({0}) | float
math.pow k k | {0} ** {1} | num
math.abs k | abs({0}) | 0n
math.max k k* | max({0}, {*}) | 0n
math.min k k* | min({0}, {*}) | 0n
math.sin k | math.sin({0}) | float
math.cos k | math.cos({0}) | float
math.tan k | math.tan({0}) | float
math.tanh k | math.tanh({0}) | float
math.atan k | math.atan({0}) | float
math.atan2 k k | math.atan2({0}, {1}) | float
math.acos k | math.acos({0}) | float
math.asin k | math.asin({0}) | float
math.fmod k k | math.fmod({0}, {1}) | num
math.random | lua.math_random() | float
math.random N | lua.math_random({0}) | int
math.random N N | lua.math_random({0}, {1}) | int
math.randomseed k | lua.math_randomseed({0}) | nil
os.time | int(time.time()) | int
os.clock | time.process_time() | float
os.date S | time.strftime({0}) | str
os.date | time.strftime("%c") | str
os.getenv S | os.environ.get({0}) | str?
os.execute S | os.system({0}) | int
os.remove S | os.remove({0}) | nil
os.rename S S | os.rename({0}, {1}) | nil
os.tmpname | lua.tmpname() | str
os.exit | sys.exit() | nil
os.exit k | sys.exit({0}) | nil
sys.clock | time.time() | float
sys.sleep k | time.sleep({0}) | nil
sys.tic | lua.tic() | nil
sys.toc | lua.toc() | float
sys.dirname S | os.path.dirname({0}) | str
sys.basename S | os.path.basename({0}) | str
paths.concat x* | os.path.join({*}) | str
paths.dirname x | lua.dirname({0}) | str
paths.basename x | os.path.basename({0}) | str
paths.thisfile | os.path.abspath(__file__) | str
paths.thisfile S | lua.beside(__file__, {0}) | str
paths.mkdir x | os.makedirs({0}, exist_ok=True) | nil
paths.filep x | os.path.isfile({0}) | bool
paths.dirp x | os.path.isdir({0}) | bool
paths.cwd | os.getcwd() | str
paths.home | os.path.expanduser("~") | str
paths.extname x | lua.extname({0}) | str?
paths.files x | os.listdir({0}) | any
paths.iterfiles x | lua.iterfiles({0}) | any
paths.iterdirs x | lua.iterdirs({0}) | any
paths.rmall x S | lua.rmall({0}) | nil
lfs.mkdir x | lua.mkdir({0}) | any
xlua.progress k k | lua.progress({0}, {1}) | nil
xlua.formatTime k | lua.format_time({0}) | str
io.read S | lua.read({0}) | str?
io.flush | sys.stdout.flush() | nil
io.write x* | lua.write({*}) | nil
io.lines S | lua.lines({0}) | any
collectgarbage x* | 0 | int
print x* | print({*}) | nil
tostring x | lua.tostring({0}) | str
tonumber x | lua.tonumber({0}) | num?
tonumber x k | lua.tonumber({0}, {1}) | num?
error x | lua.error({0}) | nil
error x k | lua.error({0}) | nil
error x x | lua.error({0}) | nil
type x | lua.lua_type({0}) | str
rawequal x x | {0} is {1} | bool
next x | lua.next_({0}) | any
string.rep S N | {0} * {1} | str
string.len S | len({0}) | int
string.lower S | {0}.lower() | str
string.upper S | {0}.upper() | str
string.reverse S | {0}[::-1] | str
string.sub S N | lua.sub({0}, {1}) | str
string.sub S N N | lua.sub({0}, {1}, {2}) | str
string.byte S | ord({0}[0]) | int
string.byte S I | ord({0}[{1}]) | int
string.char N | chr({0}) | str
string.char N N N* | bytes([{0}, {1}, {*}]).decode("latin-1") | str
string.find S S | lua.find({0}, {1}) | num?
string.find S S k b | lua.find({0}, {1}, {2}, {3}) | num?
string.match S S | lua.match({0}, {1}) | str?
string.gmatch S S | lua.gmatch({0}, {1}) | any
string.gsub S S x | lua.gsub({0}, {1}, {2}) | str
string.gsub S S x k | lua.gsub({0}, {1}, {2}, {3}) | str
""")

#: Libraries of the image package: they are functions of the runtime under the same names.
IMAGE = {
    "load": "T3",
    "scale": "T",
    "crop": "T",
    "hflip": "T",
    "vflip": "T",
    "toDisplayTensor": "T",
    "save": "nil",
    "rgb2y": "T",
    "rgb2yuv": "T",
    "yuv2rgb": "T",
    "rotate": "T",
    "translate": "T",
    "display": "nil",
    "minmax": "T",
}


#: What forms that only the registry knows give (see `templates.result_type`).
GIVEN = {
    "int": (
        "torch.initialSeed",
        ":stride t D",
        ":numel t",
        ":nDimension t",
    ),
    "T": ("torch.diag t",),
    "0": (
        "torch.tril t",
        "torch.add t k",
        "torch.add t t",
        "torch.mul t k",
        "torch.div t k",
        "torch.cmin t t",
        "torch.cmax t k",
        "torch.cmin t k",
        ":contiguous t",
        ":clamp t k k",
        ":fill t k",
        ":zero t",
        ":add t t",
        ":add t k t",
        ":csub t t",
        ":div t k",
        ":cdiv t t",
        ":pow t k",
        ":cmax t k",
        ":cmin t k",
        ":cmax t t",
        ":cmin t t",
        ":cumsum t D",
        ":uniform t k k",
        ":normal t k k",
        ":bernoulli t k",
        ":exponential t k",
        ":gather t D J",
        ":scatter t D J k",
    ),
    "T2": (
        "torch.inverse t",
        ":addmm t t t",
        ":addr t t t",
        ":mm t t t",
    ),
    "1": (
        "torch.pow k t",
        ":resizeAs t t",
    ),
    "T1": (
        "torch.addmv t t t",
        ":addmv t t t",
        ":mv t t t",
    ),
    "size": (":size t",),
    "any": (":totable t",),
    "bool": (":isSameSizeAs t t",),
    "T=": (
        ":repeatTensor t N*",
        ":resize t N*",
    ),
    "float": (
        ":dot t t",
        ":dist t t",
    ),
    "el": (
        ":min t",
        ":trace t",
    ),
    "T2i": (":nonzero t",),
    "T0f": (":double t",),
    "T0i": (
        ":int t",
        ":short t",
        ":char t",
    ),
}


def _families() -> list[Rule]:
    made = []
    for f in POINTWISE:
        made += [
            Rule(f"torch.{f}", ("t",), f"{{0}}.{f}()", "0"),
            Rule(f"torch.{f}", ("t", "t"), f"torch.{f}({{1}}, out={{0}})", "0"),
            Rule(f":{f}", ("t",), f"{{0}}.{f}_()", "0"),
            Rule(f":{f}", ("t", "t"), f"torch.{f}({{1}}, out={{0}})", "0"),
        ]
    for name, sign in COMPARED.items():
        for other in "kt":
            made.append(Rule(f"torch.{name}", ("t", other), f"{{0}} {sign} {{1}}", "T0b"))
            made.append(Rule(f":{name}", ("t", other), f"{{0}} {sign} {{1}}", "T0b"))
    for name, gives in REDUCED.items():
        made.append(Rule(f"torch.{name}", ("t",), f"{{0}}.{name}().item()", gives))
        made.append(Rule(f":{name}", ("t",), f"{{0}}.{name}().item()", gives))
        if name != "norm":
            made.append(Rule(f"torch.{name}", ("t", "D"), f"{{0}}.{name}({{1}}, keepdim=True)", "0"))
            made.append(Rule(f":{name}", ("t", "D"), f"{{0}}.{name}({{1}}, keepdim=True)", "0"))
    return made


def _as_functions(made: tuple[Rule, ...]) -> list[Rule]:
    """`torch.f(x, ...)` of every method that leaves its receiver as it is, and the methods of such functions."""
    found = []
    for rule in made:
        if not rule.params or rule.params[0] != "t":
            continue
        if rule.name.startswith(":") and "_(" not in rule.python and "out=" not in rule.python:
            found.append(Rule("torch." + rule.name[1:], rule.params, rule.python, rule.result, rule.source))
        elif rule.name.startswith("torch.") and rule.name[6:] not in CHANGING:
            found.append(Rule(":" + rule.name[6:], rule.params, rule.python, rule.result, rule.source))
    return found


#: Functions whose method changes its receiver.
CHANGING = {
    *POINTWISE,
    *("add", "mul", "div", "cmul", "cdiv", "pow", "clamp", "cmax", "cmin", "addmm", "addmv", "addcmul", "mm", "mv"),
    *("ger", "bmm", "cat", "range", "tril", "triu", "bernoulli", "uniform", "normal", "random", "sigmoid", "cross"),
}


@functools.cache
def table() -> dict[str, tuple[Rule, ...]]:
    """All rules by name: first those of the registry."""
    first = learned.rules()
    found: dict[str, list[Rule]] = {}
    own = (*_families(), *_TENSORS)
    first = tuple([_typed(rule, (*own, *_as_functions(own))) for rule in first])
    for rule in (*first, *own, *_LUA, *_as_functions((*first, *own))):
        found.setdefault(rule.name, []).append(rule)
    return {name: tuple(made) for name, made in found.items()}


def _typed(rule: Rule, own: tuple[Rule, ...]) -> Rule:
    """A rule of the registry, with the type that a rule here of the same form says it gives."""
    form = " ".join((rule.name, *rule.params))
    given = next((word for word, forms in GIVEN.items() if form in forms), None)
    if given is None and rule.result != "any":
        return rule
    for other in own if given is None else ():
        if other.name == rule.name and len(other.params) == len(rule.params) and ";;" not in other.result:
            given = other.result
            break
    if given is None:
        return rule
    number = given in ("el", "float") and not rule.python.endswith(".item()")
    return replace(rule, result=given, python=f"{rule.python}.item()" if number else rule.python)


@functools.cache
def tensor_methods() -> frozenset[str]:
    """The names of methods of tensors."""
    return frozenset(name[1:] for name in table() if name.startswith(":"))


def of_strings() -> frozenset[str]:
    """The names of methods of strings."""
    return frozenset(name.removeprefix("string.") for name in table() if name.startswith("string.")) | {"format"}
