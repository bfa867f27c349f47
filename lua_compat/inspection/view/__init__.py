"""``t7 view``: what a ``.t7`` file holds as one HTML page."""

from __future__ import annotations

from lua_compat.inspection.view.page import Page, view

__all__ = ["Page", "view"]
