"""Runs models/migration_story.ipynb and stores what came out: what readers see is what running it gives.

    python scripts/run_notebook.py

A test runs it as well and compares; a picture has to come where there was one, text has to be the same.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "models" / "migration_story.ipynb"


def run(folder: Path) -> Any:
    """Run the notebook in a folder that has the data, and return it with outputs and without what differs each time.

    Raises:
        nbclient.exceptions.CellExecutionError: where a cell fails.
    """
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, resources=resources, timeout=300, record_timing=False).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [_joined(outputs) for outputs in _streams(cell.outputs)]
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def _streams(outputs: list[Any]) -> list[list[Any]]:
    """The outputs, with texts that follow one another together: the kernel cuts them where time tells it to."""
    groups: list[list[Any]] = []
    for output in outputs:
        stream = output.get("name")
        if groups and stream is not None and groups[-1][0].get("name") == stream:
            groups[-1].append(output)
        else:
            groups.append([output])
    return groups


def _joined(outputs: list[Any]) -> Any:
    if "text" in outputs[0]:
        outputs[0]["text"] = "".join(output["text"] for output in outputs)
    return outputs[0]


def write(notebook: Any) -> None:
    """Store the notebook."""
    NOTEBOOK.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(run(NOTEBOOK.parent))
    sys.exit(0)
