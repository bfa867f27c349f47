"""Install the packages whose numbers the tests and benchmarks compare with, where they are cheap to have.

Run by the Makefile with the environment's own interpreter: `python scripts/install_peers.py auto|1|0`.

- `0` installs nothing.
- `1` installs whatever the index offers.
- `auto` asks the installer first what it would fetch, and installs unless that includes the CUDA libraries (several
  gigabytes, which a comparison on the CPU has no use for) or the package cannot be had. The tests that need a peer
  are then skipped, and say so.
"""

from __future__ import annotations

import json
import subprocess
import sys

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
PEERS = ["-e", ".[peers]"]


def would_install() -> list[str] | None:
    """Return the names of the packages that are missing, or None where they cannot be had."""
    plan = subprocess.run(
        [*PIP, "--dry-run", "--report", "-", *PEERS], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if plan.returncode != 0:
        return None
    return [item["metadata"]["name"].lower() for item in json.loads(plan.stdout)["install"]]


def main(mode: str) -> int:
    """Install the peers as `mode` says; return the exit status."""
    if mode == "0":
        return 0
    if mode == "auto":
        names = would_install()
        if names is None:
            print("peers: not to be had here; comparisons with them are skipped")
            return 0
        if any(name.startswith(("nvidia-", "cuda-")) for name in names):
            print("peers: only a build with CUDA is offered; comparisons are skipped (PEERS=1 insists)")
            return 0
    return subprocess.run([*PIP, *PEERS]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "auto"))
