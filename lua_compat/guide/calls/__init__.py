"""Calls in Lua, in Python and in PyTorch: methods of modules and criterions, tools of training, graphs."""

from lua_compat.guide.calls.classes import OPTIONS
from lua_compat.guide.calls.criterions import CRITERIONS
from lua_compat.guide.calls.graphs import GRAPHS
from lua_compat.guide.calls.modules import PARAMETERS, PASSES, TREE
from lua_compat.guide.calls.spec import PYTHON_IMPORTS, PYTORCH_IMPORTS, Call, Chapter
from lua_compat.guide.calls.tools import CHECKS, LOOPS, MEASURES, NESTED

#: The chapters of each part of the document, in its order.
PARTS: dict[str, tuple[Chapter, ...]] = {
    "every module": (PASSES, PARAMETERS, TREE),
    "single classes": (OPTIONS,),
    "criterions": (CRITERIONS,),
    "training": (LOOPS, MEASURES),
    "more": (GRAPHS, CHECKS, NESTED),
}
CHAPTERS: tuple[Chapter, ...] = tuple([made for part in PARTS.values() for made in part])

__all__ = ["CHAPTERS", "PARTS", "PYTHON_IMPORTS", "PYTORCH_IMPORTS", "Call", "Chapter"]
