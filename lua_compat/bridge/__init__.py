"""Lua in this process: the runtime, what it exports to Lua, and the ``th`` command."""
