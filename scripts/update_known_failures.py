"""Run the conformance cases and rewrite tests/conformance/known_failures.txt with those that fail.

The list may only shrink: where a case fails that is not listed, nothing is written and the case is shown, unless
`--allow-growth` is given (for the first list, or after cases were added to the corpus).
`python scripts/update_known_failures.py [--allow-growth] [--jobs N] [AREA[/FILE] ...]`: names limit what is run, and
the entries of other files are kept as they are.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests import corpus


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description="Rewrite the list of conformance cases that are known to fail.")
    parser.add_argument("--allow-growth", action="store_true", help="list cases that were not listed before too")
    parser.add_argument("--jobs", type=int, default=2, help="how many files to run at once (default: 2)")
    parser.add_argument("only", nargs="*", metavar="AREA[/FILE]", help="run these only")
    options = parser.parse_args(argv)

    files = [f for f in corpus.case_files() if not options.only or any(_matches(f, name) for name in options.only)]
    if not files:
        parser.error(f"no case file is called {' or '.join(options.only)}; there are {', '.join(corpus.case_files())}")
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = [outcome for result in pool.map(corpus.run_file, files) for outcome in result]
    failing = {outcome.case: outcome.why for outcome in outcomes if outcome.why is not None}
    known = set(corpus.known_failures())
    print(f"{len(outcomes) - len(failing)} passed, {len(failing)} failed")

    grown = sorted(failing.keys() - known)
    if grown and not options.allow_growth:
        print(f"{len(grown)} failing cases are not listed; nothing is written (--allow-growth lists them):")
        for case in grown:
            print(f"  {case}: {failing[case]}")
        return 1
    kept = [case for case in known if case.split(": ", 1)[0] not in files]
    corpus.write_known_failures([*kept, *failing])
    print(f"{len(known)} known failures before, {len(kept) + len(failing)} now")
    return 0


def _matches(file: str, name: str) -> bool:
    """Tell whether `name` is the file or its area."""
    return file == name or file.split("/")[0] == name


if __name__ == "__main__":
    sys.exit(main())
