"""The hook of mkdocs (see mkdocs.yml) that adds the pages which are made of other files, and corrects links.

- MIGRATION.md, models/README.md and other documents, and the files that they link to (`documents.py`).
- The notebook models/migration_story.ipynb with its pictures.
- The reference (`reference.py`), whose navigation is put in the place of the entry ``Reference``.
- What the commands say of themselves.

Reading the docstrings takes most of the time. With DOCS_REFERENCE=names in the environment the reference has no more
than names.
"""

from __future__ import annotations

import os
from typing import Any

import documents
import reference
from mkdocs.structure.files import File

_made: dict[str, str | bytes] = {}
_documents: documents.Documents | None = None


def on_config(config: Any) -> Any:
    """Make the pages, and the navigation of the reference."""
    global _documents
    _documents = documents.Documents()
    found, navigation = reference.pages()
    _made.clear()
    names_only = os.environ.get("DOCS_REFERENCE") == "names"
    _made.update({page: reference.names_only(text) if names_only else text for page, text in found.items()})
    _made["reference/commands.md"] = documents.command_page()
    for entry in config.nav:
        if "Reference" in entry:
            entry["Reference"] = [{"Commands": "reference/commands.md"}, *navigation]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that were made; those that only links lead to as well."""
    assert _documents is not None
    for name, content in {**_made, **_documents.pages}.items():
        if name not in files.src_uris:
            files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, files: Any, **_: Any) -> str:
    """Let links of the pages in docs/ to files of the repository lead to pages of the site."""
    assert _documents is not None
    name = page.file.src_uri
    if page.file.generated_by is not None:
        return markdown
    return _documents.linked(markdown, f"docs/{name}", name)
