"""What a translation gives beside its text: what is not sure, by file and line."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Unsure:
    """A place where the Python may not mean what the Lua does.

    Attributes:
        file: the Lua file.
        line: the line in it.
        reason: what is not known.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True)
class File:
    """One translated file.

    Attributes:
        source: the Lua file, as it was named.
        target: where its translation belongs, relative to that of the script.
        text: the translation.
        lines: how many lines of Lua it has that are not empty.
        unsure: what is not sure in it.
    """

    source: str
    target: str
    text: str
    lines: int
    unsure: tuple[Unsure, ...] = ()


@dataclass(frozen=True)
class Translation:
    """A translated script.

    Attributes:
        text: the translation of the script.
        files: it and every file that it brings.
    """

    text: str
    files: tuple[File, ...] = field(default=())

    @property
    def unsure(self) -> tuple[Unsure, ...]:
        """What is not sure, in all files."""
        return tuple([u for f in self.files for u in f.unsure])
