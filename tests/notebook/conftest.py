"""A kernel of IPython's that runs cells as a notebook does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


class Kernel:
    """Runs one cell after the other; a cell that fails is one whose outputs hold the error."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __call__(self, code: str) -> list[Any]:
        """Run a cell and return its outputs."""
        from nbformat.v4 import new_code_cell

        cells = self._client.nb.cells
        cells.append(new_code_cell(code))
        outputs: list[Any] = self._client.execute_cell(cells[-1], len(cells) - 1).outputs
        return outputs

    def text(self, code: str) -> str:
        """Run a cell that must not fail and return what it printed and what its value is."""
        parts = []
        for output in self(code):
            assert output["output_type"] != "error", "\n".join(output["traceback"])
            parts.append(output["text"] if output["output_type"] == "stream" else output["data"]["text/plain"])
        return "".join(parts)

    def error(self, code: str) -> list[str]:
        """Run a cell that must fail and return the lines of its error."""
        (failed,) = [output for output in self(code) if output["output_type"] == "error"]
        lines: list[str] = "\n".join(failed["traceback"]).split("\n")
        return lines

    def interrupt_after(self, code: str, sign: str) -> list[Any]:
        """Run a cell, interrupt it once it has printed a sign, and return its outputs."""
        client, process, sent = self._client, self._client.process_message, []

        def watching(message: Any, cell: Any, index: int) -> Any:
            found = process(message, cell, index)
            if message["msg_type"] == "stream" and sign in message["content"]["text"] and not sent:
                sent.append(asyncio.ensure_future(client.km.interrupt_kernel()))
            return found

        client.process_message = watching
        try:
            return self(code)
        finally:
            client.process_message = process


def settings_in(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Have kernels that are started from now on import this checkout and leave the user's settings alone."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "HOME"):
        patch.setenv(name, str(folder))
    patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel in an empty folder, with Lua cells."""
    from nbclient import NotebookClient
    from nbformat.v4 import new_notebook

    home = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        settings_in(home / "settings", patch)
        resources = {"metadata": {"path": str(home)}}
        client = NotebookClient(new_notebook(), allow_errors=True, resources=resources, timeout=120)
        with client.setup_kernel():
            run = Kernel(client)
            assert run.text("%load_ext lua_compat\nimport pytorch_from_lua as torch") == ""
            yield run
