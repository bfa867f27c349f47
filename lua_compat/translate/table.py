"""The example models, translated: ``python -m lua_compat.translate.table`` prints a row for each Lua script.

A row says how many lines were translated, how many are marked as not sure, and whether the translation prints the
losses of the script. It needs a checkout with its folder ``models``.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lua_compat.translate import translate_file
from lua_compat.translate.command import write
from lua_compat.translate.report import Translation

MODELS = Path(__file__).resolve().parents[2] / "models"

#: The scripts with small settings. `{before}` is a file that the script of the row before wrote, `{text}` a short text.
ROWS: tuple[tuple[str, str, str], ...] = (
    ("lenet/lenet.lua", "-batch 4 -steps 3", ""),
    ("vgg/vgg.lua", "-depth 11 -width 8 -batch 6 -steps 3", ""),
    ("resnet/resnet.lua", "-depth 8 -batch 4 -steps 3", ""),
    ("autoencoder/autoencoder.lua", "-steps 3", ""),
    ("siamese/siamese.lua", "-batch 4 -steps 3", ""),
    ("char_rnn/char_rnn.lua", "-layers 2 -size 8 -batch 3 -length 6 -steps 3", ""),
    ("dcgan/dcgan.lua", "-width 8 -batch 4 -steps 3", ""),
    ("digits/train.lua", "-noBar -epochs 1 -save {out}/digits.t7", "digits.t7"),
    ("digits/evaluate.lua", "{before}", ""),
    ("migration/step1.lua", "-epochs 1", ""),
    (
        "char_lstm/train.lua",
        "-data {text} -rnn_size 6 -seq_length 5 -batch_size 10 -print_every 4 -learning_rate_decay_after 1"
        " -max_epochs 2 -checkpoint_dir {out}",
        "lstm_epoch2.t7",
    ),
    ("char_lstm/sample.lua", "{before} -length 40 -primetext Mr.", ""),
    ("vae/train.lua", "-epochs 1 -images 200 -save {out}", ""),
    ("digits_gan/train.lua", "-niter 1 -images 192 -ngf 8 -ndf 8 -save {out}", ""),
    ("word_vectors/train.lua", "-epochs 2 -max_steps 15 -dim 8 -minfreq 8", ""),
    ("grid_world/train.lua", "-updates 6 -print_every 2 -walkers 8", ""),
    ("shapes/main.lua", "-nThreads 2 -trainImages 64 -valImages 24 -nEpochs 2 -size 12 -planes 4 -save {out}", ""),
)


@dataclass(frozen=True)
class Row:
    """One script: what of it was translated, and what both languages print."""

    script: str
    made: Translation
    in_lua: str
    in_python: str

    @property
    def equal(self) -> bool:
        """Whether all lines with numbers are the same; how a net is printed differs between the languages."""
        return numbers(self.in_lua) == numbers(self.in_python)


def numbers(printed: str) -> list[str]:
    """The lines that tell of losses, accuracies and the like, and all else that is no printed net or time."""
    kept = []
    for line in printed.splitlines():
        if re.match(r"\s*(nn\.|\(|\[input|\}|\)|\|? *\(|[A-Z]\w+\()", line) or "s of training" in line or "->" in line:
            continue
        kept.append(line.rstrip())
    return [line for line in kept if line]


def run(script: str, arguments: list[str], python: Path, folder: Path) -> tuple[str, str]:
    """What a script prints in Lua, and what its translation prints."""
    environment = {**os.environ, "PYTHONPATH": str(MODELS.parent)}
    lua = [sys.executable, "-m", "lua_compat.bridge.cli", str(MODELS / script)]
    said = []
    for name, command in (("lua", lua), ("python", [sys.executable, "-W", "error", str(python)])):
        out = folder / name
        out.mkdir(parents=True, exist_ok=True)
        given = [a.replace("{out}", str(out)) for a in arguments]
        process = subprocess.run([*command, *given], cwd=out, capture_output=True, text=True, env=environment)
        if process.returncode != 0:
            raise RuntimeError(f"{script} in {name}: {process.stdout[-500:]}{process.stderr[-3000:]}")
        said.append(process.stdout.replace(str(out), "OUT"))
    return said[0], said[1]


def rows(wanted: list[str], folder: Path) -> list[Row]:
    """Translates and runs the scripts whose names contain one of the words; all where there are none."""
    models = folder / "models"
    for data in ("text/pride.txt", "digits/digits.t7"):
        (models / data).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(MODELS / data, models / data)
    text = folder / "text.txt"
    text.write_text((MODELS / "text" / "pride.txt").read_text(encoding="ascii")[:700], encoding="ascii")
    found, before = [], ""
    for script, arguments, kept in ROWS:
        if wanted and not any(word in script for word in wanted):
            continue
        made = translate_file(MODELS / script)
        python = (models / script).with_suffix(".py")
        write(made, python)
        work = folder / "work" / script.replace("/", "_")
        given = [a.replace("{before}", before).replace("{text}", str(text)) for a in arguments.split()]
        in_lua, in_python = run(script, given, python, work)
        found.append(Row(script, made, in_lua, in_python))
        before = str(work / "lua" / kept) if kept else ""
    return found


def table(found: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| script | lines of Lua | marked as not sure | losses |", "|---|---|---|---|"]
    seen: set[str] = set()
    for row in found:
        count = sum(f.lines for f in row.made.files)
        others = len(row.made.files) - 1
        files = f" and {others} more file{'s' if others > 1 else ''}" if others else ""
        lines.append(
            f"| {row.script}{files} | {count} | {len(row.made.unsure)} | {'equal' if row.equal else 'differ'} |"
        )
        seen |= {f.source for f in row.made.files}
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Prints the table: 0 where all losses are equal, else 1."""
    parser = argparse.ArgumentParser(prog="python -m lua_compat.translate.table", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="only scripts whose names contain one of these")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = rows(chosen.words, Path(folder))
    print(table(found))
    return 0 if all(row.equal for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
