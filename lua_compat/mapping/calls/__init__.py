"""Calls in Lua, in Python and in PyTorch: methods of modules and criterions, tools of training, graphs, pictures."""

from lua_compat.mapping.calls.classes import OPTIONS
from lua_compat.mapping.calls.criterions import CRITERIONS
from lua_compat.mapping.calls.graphs import GRAPHS
from lua_compat.mapping.calls.modules import PARAMETERS, PASSES, TREE
from lua_compat.mapping.calls.spec import PYTHON_IMPORTS, PYTORCH_IMPORTS, Call, Chapter
from lua_compat.mapping.calls.tools import CHECKS, LOOPS, MEASURES, NESTED

#: In the order of the document.
CHAPTERS: tuple[Chapter, ...] = (
    *(PASSES, PARAMETERS, TREE, OPTIONS, CRITERIONS, GRAPHS, LOOPS, MEASURES, CHECKS, NESTED),
)

__all__ = ["CHAPTERS", "PYTHON_IMPORTS", "PYTORCH_IMPORTS", "Call", "Chapter"]
