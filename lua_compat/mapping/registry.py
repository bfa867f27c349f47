"""The registry, filled: importing this module registers every family, in the order that the documents have."""

# isort: off
from lua_compat.mapping import containers as containers
from lua_compat.mapping import decorators as decorators
from lua_compat.mapping import linear as linear
from lua_compat.mapping import convolution as convolution
from lua_compat.mapping import connected as connected
from lua_compat.mapping import grouped as grouped
from lua_compat.mapping import temporal as temporal
from lua_compat.mapping import pooling as pooling
from lua_compat.mapping import padding as padding
from lua_compat.mapping import normalization as normalization
from lua_compat.mapping import instance as instance
from lua_compat.mapping import reparametrized as reparametrized
from lua_compat.mapping import activation as activation
from lua_compat.mapping import shape as shape
from lua_compat.mapping import table as table
from lua_compat.mapping import pairs as pairs
from lua_compat.mapping import passing as passing
from lua_compat.mapping import graph as graph
from lua_compat.mapping import criterion as criterion
from lua_compat.mapping import pair_criterion as pair_criterion

# isort: on
from lua_compat.mapping.spec import FAMILIES as FAMILIES
from lua_compat.mapping.spec import REGISTRY as REGISTRY
