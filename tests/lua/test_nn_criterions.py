"""Criteria in Lua: values worked out by hand, gradients by differences, errors, copies and types."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lua_compat import Runtime
from lua_compat.mapping.registry import REGISTRY

_DIFFERENCES = """
    require 'nn'
    -- the largest difference of a gradient and of central differences of the loss, over every input tensor
    function worst(criterion, input, target)
       local inputs = torch.isTensor(input) and {input} or input
       criterion:forward(input, target)
       local gradient = criterion:backward(input, target)
       local gradients = torch.isTensor(gradient) and {gradient} or gradient
       local far = 0
       for j, x in ipairs(inputs) do
          local flat, slopes = x:view(-1), gradients[j]:contiguous():view(-1)
          for i = 1, flat:size(1) do
             local kept = flat[i]
             flat[i] = kept + 1e-5
             local up = criterion:forward(input, target)
             flat[i] = kept - 1e-5
             local down = criterion:forward(input, target)
             flat[i] = kept
             far = math.max(far, math.abs((up - down) / 2e-5 - slopes[i]))
          end
       end
       return far
    end
    torch.manualSeed(1)
    x, y = torch.rand(4, 3):mul(0.8):add(0.1), torch.rand(4, 3) -- away from 0 and 1, where logarithms are steep
    signs = torch.Tensor{1, -1, -1, 1}
    pair, rows = {torch.randn(4), torch.randn(4)}, {torch.randn(4, 3), torch.randn(4, 3)}
    labels = torch.Tensor{2, 1, 3, 3}
"""


@pytest.fixture(scope="module")
def lua() -> Any:
    runtime = Runtime()
    runtime.execute(_DIFFERENCES)
    return runtime


@pytest.mark.parametrize(
    "call",
    [
        "nn.MSECriterion(), x, y",
        "nn.SmoothL1Criterion(false), x:clone():mul(5), y",
        "nn.BCECriterion(torch.Tensor{1, 2, 3}), x, y",
        "nn.DistKLDivCriterion(), x, y",
        "nn.SoftMarginCriterion(), x, y",
        "nn.WeightedMSECriterion(torch.Tensor{1, 2, 3}), x, y",
        "nn.WeightedMSECriterion(torch.rand(4, 3)), x, y",
        "nn.ClassNLLCriterion(torch.Tensor{1, 2, 3}), x, labels",
        "nn.MultiMarginCriterion(2, torch.Tensor{1, 2, 3}), x, labels",
        "nn.ClassSimplexCriterion(3), x, labels",
        "nn.L1HingeEmbeddingCriterion(9), pair, -1",
        "nn.L1HingeEmbeddingCriterion(), pair, 1",
        "nn.CosineEmbeddingCriterion(-0.9), rows, signs",
        "nn.MarginRankingCriterion(0.7), pair, signs",
        "nn.DistanceRatioCriterion(), pair",
        "nn.DistanceRatioCriterion(false), pair",
        "nn.L1Cost(), x",
        "nn.SpatialAutoCropMSECriterion(), torch.rand(2, 3, 3), torch.rand(2, 6, 5)",
        "nn.MultiCriterion():add(nn.MSECriterion(), 0.3):add(nn.SmoothL1Criterion(), 2), x, y",
        "nn.ParallelCriterion():add(nn.MSECriterion(), 0.3):add(nn.L1Cost(), 2), pair, {signs}",
    ],
)
def test_gradients_are_those_of_the_loss(lua: Any, call: str) -> None:
    assert lua.execute(f"return worst({call})") < 1e-7


@pytest.mark.parametrize(
    ("call", "loss"),
    [
        ("nn.WeightedMSECriterion(torch.Tensor{2, 3}):forward(torch.Tensor{1, 2}, torch.Tensor{1, 1})", 1.0),
        ("nn.L1HingeEmbeddingCriterion(4):forward({torch.Tensor{1, 2}, torch.Tensor{0, 4}}, -1)", 1.0),
        ("nn.CosineEmbeddingCriterion(0.5):forward({torch.Tensor{1, 0}, torch.Tensor{2, 0}}, -1)", 0.5),
        ("nn.CosineEmbeddingCriterion():forward({torch.Tensor{1, 0}, torch.Tensor{0, 3}}, 1)", 1.0),
        ("nn.MarginRankingCriterion(0.5):forward({torch.Tensor{1}, torch.Tensor{2}}, 1)", 1.5),
        ("nn.DistanceRatioCriterion():forward({torch.Tensor{1000}, torch.Tensor{0}})", 1000.0),
        ("nn.L1Cost():forward(torch.Tensor{1, -2})", 3.0),
        (
            "nn.DistKLDivCriterion(false):forward(torch.zeros(2), torch.Tensor{1, 1}:mul(math.exp(1)))",
            2.718281828459045,
        ),
        ("nn.MSECriterion(false):forward(torch.ones(2), torch.zeros(2))", 2.0),
    ],
)
def test_losses_worked_out_by_hand(lua: Any, call: str, loss: float) -> None:
    assert lua.execute(f"return {call}") == pytest.approx(loss, abs=1e-9)


def test_the_corners_of_a_simplex_are_equally_far_apart(lua: Any) -> None:
    assert lua.execute("""
        local c = nn.ClassSimplexCriterion(4)
        local products = torch.mm(c.simplex, c.simplex:t())
        local wanted = torch.Tensor(4, 4):fill(-1 / 3)
        for i = 1, 4 do wanted[i][i] = 1 end
        local best = c:getTopPrediction(c.simplex)
        return (products - wanted):abs():max() < 1e-12, best[1], best[4]
    """) == (True, 1, 4)


def test_size_average_may_be_changed_later(lua: Any) -> None:
    assert lua.execute("""
        local c, x, y = nn.MSECriterion(), torch.ones(4), torch.zeros(4)
        local mean = c:forward(x, y)
        c.sizeAverage = false
        return mean, c:forward(x, y), c:backward(x, y)[1]
    """) == (1, 4, 2)


def test_labels_outside_are_told_as_lua_counts_them(lua: Any) -> None:
    for criterion in ("ClassNLLCriterion", "MultiMarginCriterion"):
        why = lua.execute(
            f"local _, w = pcall(function() nn.{criterion}():forward(x, torch.ones(4):mul(4)) end) return w"
        )
        assert f"nn.{criterion}: target has label 4, labels go from 1 to 3" in why


def test_weights_of_another_size_are_refused(lua: Any) -> None:
    why = lua.execute("local _, w = pcall(function() nn.BCECriterion(torch.ones(2)):forward(x, y) end) return w")
    assert "weights have sizes 2, input has 4x3" in why


def test_a_criterion_as_a_module_scales_its_gradient(lua: Any) -> None:
    assert lua.execute("""
        local m = nn.ModuleFromCriterion(nn.MSECriterion())
        local input = {torch.Tensor{1, 2}, torch.Tensor{0, 0}}
        local y = m:forward(input)
        local g = m:backward(input, torch.Tensor{3})
        return y[1], g[1][1], g[1][2], g[2]:sum()
    """) == (2.5, 3, 6, 0)


def test_copies_and_types(lua: Any) -> None:
    assert lua.execute("""
        local c = nn.CosineEmbeddingCriterion(0.1)
        local before = c:forward(rows, signs)
        local f = c:clone():float()
        local loss = f:forward({rows[1]:float(), rows[2]:float()}, signs:float())
        local g = f:backward({rows[1]:float(), rows[2]:float()}, signs:float())
        return math.abs(loss - before) < 1e-6, torch.type(g[2]), torch.type(c.gradInput[2]), torch.type(f)
    """) == (True, "torch.FloatTensor", "torch.DoubleTensor", "nn.CosineEmbeddingCriterion")


def test_a_child_class_is_built_by_its_own_parent(lua: Any) -> None:
    assert lua.execute("""
        local c = nn.SpatialClassNLLCriterion(torch.ones(3), false)
        return c.sizeAverage, c.weights:sum(), c.ignoreIndex, torch.isTypeOf(c, 'nn.ClassNLLCriterion')
    """) == (False, 3, None, True)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("nn.MSECriterion():forward(x)", "nn.MSECriterion: target needs to be a tensor or a number, is missing"),
        ("nn.ClassNLLCriterion():forward(x)", "nn.ClassNLLCriterion: target needs to be a tensor or a number"),
        ("nn.MSECriterion():forward(nil, y)", "nn.MSECriterion: input needs to be a tensor"),
        ("nn.ClassNLLCriterion(torch.ones(2)):forward(x, labels)", "input has 3 classes, weights have sizes 2"),
        (
            "nn.MultiMarginCriterion(1, torch.ones(2)):forward(x, labels)",
            "nn.MultiMarginCriterion: input has 3 classes",
        ),
        ("nn.MultiLabelMarginCriterion():forward(x, labels)", "input has sizes 4x3, target 4"),
        (
            "nn.MultiLabelMarginCriterion():forward(x, torch.ones(4, 3):mul(4))",
            "target has label 4, labels go from 1 to 3",
        ),
        ("nn.CosineEmbeddingCriterion():forward(x, signs)", "input is a tensor of sizes 4x3, a table of two is needed"),
        ("nn.CosineEmbeddingCriterion():forward({x, x}, torch.ones(2))", "target has 2 elements, the inputs 4 rows"),
        (
            "nn.MarginRankingCriterion():forward({x, signs}, signs)",
            "MarginRankingCriterion: input has sizes 4x3 and 4",
        ),
        (
            "nn.L1HingeEmbeddingCriterion():backward({x, signs}, 1)",
            "L1HingeEmbeddingCriterion: input has sizes 4x3",
        ),
    ],
)
def test_mistakes_are_told_under_the_name_of_the_criterion(lua: Any, call: str, text: str) -> None:
    why = lua.execute(f"local _, w = pcall(function() {call} end) return tostring(w)")
    assert text in why


# Every criterion: what makes one, an input and a target that it takes, and bad pairs. `nil` stands for what is missing.
_PAIRS = ["x, signs", "{x}, signs", "{x, signs}, signs", "{x, x:float()}, signs", "nil, signs"]
_PLAIN = ["x, torch.rand(4, 2)", "x, nil", "nil, x", "x, x:float()"]
_LABELS = ["x, torch.ones(3)", "x, torch.Tensor{1, 2, 3, 4}", "x, torch.Tensor{0, 1, 2, 3}", "x, nil", "nil, labels"]
_PLANES = [
    "x, labels",
    "planes, labels",
    "planes, torch.ones(2, 2, 3)",
    "planes, torch.ones(2, 2, 2):fill(4)",
    "planes, nil",
    "nil, labels",
]
BAD: dict[str, tuple[str, str, list[str]]] = {
    **{
        f"{name}Criterion": (f"nn.{name}Criterion()", "x, y", _PLAIN)
        for name in ("MSE", "Abs", "SmoothL1", "BCE", "DistKLDiv", "SoftMargin", "Margin", "HingeEmbedding")
    },
    "MultiLabelSoftMarginCriterion": ("nn.MultiLabelSoftMarginCriterion(torch.ones(3))", "x, y", [*_PLAIN, "y2, y2"]),
    "WeightedMSECriterion": ("nn.WeightedMSECriterion(torch.ones(3))", "x, y", [*_PLAIN[:3], "y2, y2"]),
    "ClassNLLCriterion": ("nn.ClassNLLCriterion(torch.ones(3))", "x, labels", [*_LABELS, "y2, torch.ones(4)"]),
    "CrossEntropyCriterion": ("nn.CrossEntropyCriterion()", "x, labels", [*_LABELS, "planes, labels"]),
    "MultiMarginCriterion": ("nn.MultiMarginCriterion(1, torch.ones(3))", "x, labels", [*_LABELS, "y2, torch.ones(4)"]),
    "SpatialClassNLLCriterion": ("nn.SpatialClassNLLCriterion()", "planes, torch.ones(2, 2, 2)", _PLANES),
    "MultiLabelMarginCriterion": (
        "nn.MultiLabelMarginCriterion()",
        "x, torch.ones(4, 3)",
        ["x, labels", "x, torch.ones(4, 3):fill(4)", "x, nil", "nil, x"],
    ),
    "ClassSimplexCriterion": (
        "nn.ClassSimplexCriterion(3)",
        "x, labels",
        [*_LABELS, "y2, labels", "planes, labels", "x, 2", "x[1], 4", "x, torch.rand(3, 3)"],
    ),
    "L1HingeEmbeddingCriterion": ("nn.L1HingeEmbeddingCriterion()", "{x[1], y[1]}, 1", [*_PAIRS, "{x, y}, nil"]),
    "CosineEmbeddingCriterion": (
        "nn.CosineEmbeddingCriterion()",
        "{x, y}, signs",
        [*_PAIRS, "{x, y}, nil", "{x, y}, 1", "{x, y}, torch.ones(3)", "{planes, planes}, signs"],
    ),
    "MarginRankingCriterion": (
        "nn.MarginRankingCriterion()",
        "{signs, labels}, signs",
        [*_PAIRS, "{signs, labels}, nil", "{x, y}, signs"],
    ),
    "DistanceRatioCriterion": (
        "nn.DistanceRatioCriterion()",
        "{signs, labels}",
        ["x", "{x}", "{x, signs}", "{x, x:float()}", "nil"],
    ),
    "L1Cost": ("nn.L1Cost()", "x", ["nil", "{x}"]),
    "SpatialAutoCropMSECriterion": (
        "nn.SpatialAutoCropMSECriterion()",
        "planes, planes",
        ["x, y", "planes, nil", "nil, planes", "planes, torch.rand(2, 3, 1, 2)", "planes, torch.rand(2, 2, 2, 2)"],
    ),
    "MultiCriterion": (
        "nn.MultiCriterion():add(nn.AbsCriterion()):add(nn.MSECriterion())",
        "x, y",
        ["x, torch.rand(4, 2)", "x, nil", "nil, x"],
    ),
    "ParallelCriterion": (
        "nn.ParallelCriterion():add(nn.AbsCriterion()):add(nn.ClassNLLCriterion())",
        "{x, y}, {y, labels}",
        ["{x}, {y, labels}", "x[1], {y}", "{x, y}, nil", "{x, y}, {y}", "{x, y}, {y, torch.ones(3)}", "nil, nil"],
    ),
    "ModuleCriterion": (
        "nn.ModuleCriterion(nn.MSECriterion(), nn.Linear(3, 2))",
        "x, y2",
        ["x, y", "x, nil", "nil, y"],
    ),
}


def test_every_criterion_has_bad_calls() -> None:
    of_modules = {"CriterionTable", "ModuleFromCriterion"}  # modules of {input, target}
    losses = {n.removeprefix("nn.") for n in REGISTRY if n.endswith(("Criterion", "Cost"))}
    assert losses - of_modules <= set(BAD)


@pytest.mark.parametrize("method", ["updateOutput", "updateGradInput"])
@pytest.mark.parametrize(("name", "bad"), [(n, call) for n, row in BAD.items() for call in row[2]])
def test_a_failing_call_changes_nothing_and_tells_the_class(lua: Any, name: str, bad: str, method: str) -> None:
    make, good, _ = BAD[name]
    why = lua.execute(f"""
        torch.manualSeed(1)
        planes, y2 = torch.rand(2, 3, 2, 2), torch.rand(4, 2)
        local c = {make}
        c:forward({good})
        c:backward({good})
        local function seen()
           local made = {{tostring(c.output), tostring(c.loss)}}
           local function add(value)
              if torch.isTensor(value) then made[#made + 1] = tostring(value)
              elseif type(value) == 'table' then for _, v in ipairs(value) do add(v) end end
           end
           for _, name in ipairs {{'gradInput', 'weights', 'weight', 'simplex'}} do add(c[name]) end
           return table.concat(made, ' ')
        end
        local before, gradient = seen(), c.gradInput
        local ok, why = pcall(function() return c:{method}({bad}) end)
        if ok then return 'it did not fail' end
        if seen() ~= before or gradient ~= c.gradInput then return 'it changed something: ' .. tostring(why) end
        return tostring(why)
    """)
    told = {"MultiCriterion": r"nn\.\w+", "ParallelCriterion": r"nn\.\w+", "ModuleCriterion": r"nn\.\w+"}
    assert re.search(told.get(name, rf"nn\.{name}\b"), why), why
    assert "attempt to" not in why
    assert "Error" not in why
