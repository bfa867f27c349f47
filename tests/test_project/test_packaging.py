"""The wheel is what people get: it holds every file it needs, and its commands run from a fresh environment."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("pytorch_from_lua", "lua_compat")


def run(*command: str | Path, **options: object) -> str:
    """Run a command and return what it printed; a failure shows all of it."""
    process = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options
    )
    assert process.returncode == 0, f"{command} exited {process.returncode}:\n{process.stdout}\n{process.stderr}"
    return str(process.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel; built without isolation, so without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with the wheel in it, which sees the dependencies of this one."""
    home = tmp_path_factory.mktemp("environment") / "env"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install", "--quiet"]
    run(*pip, "--no-deps", "--no-index", wheel)
    # Only what is not ours may come from here: a line of a .pth file is put behind the environment's own packages, and
    # .pth files of a folder added that way are not read, so the editable install of this checkout stays unseen.
    purelib = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    dependencies = dict.fromkeys(
        [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    )
    (purelib / "dependencies.pth").write_text("".join(f"{folder}\n" for folder in dependencies))
    return python.parent


def clean_environment() -> dict[str, str]:
    """Return the environment without what could lead back to this checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LUA", "VIRTUAL_ENV"))}


def test_the_wheel_holds_every_file_of_both_packages(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix in (".py", ".pyi", ".lua", ".typed", ".txt", ".html", ".css", ".js")
    }
    assert wanted <= packed, f"not in the wheel: {sorted(wanted - packed)}"
    assert {f"{package}/py.typed" for package in PACKAGES} <= packed
    assert any(name.startswith("lua_compat/lua/") and name.endswith(".lua") for name in packed)
    strays = {name.split("/")[0] for name in packed} - {*PACKAGES} - {f"{wheel.name.split('-py3')[0]}.dist-info"}
    assert strays == set(), "only the two packages belong into the wheel"


def test_the_packages_come_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "import pytorch_from_lua, lua_compat; print(pytorch_from_lua.__file__); print(lua_compat.__file__)"
    for line in run(installed / "python", "-c", code, cwd=tmp_path, env=clean_environment()).splitlines():
        assert Path(line).is_relative_to(installed.parent)


def test_th_runs_from_a_fresh_install(installed: Path, tmp_path: Path) -> None:
    out = run(installed / "th", "-e", "print(1)", cwd=tmp_path, env=clean_environment())
    assert out == "1\n"


def test_th_finds_the_bundled_lua_packages(installed: Path, tmp_path: Path) -> None:
    code = "require 'nn'; require 'optim'; print(torch.type(nn.Sequential():add(nn.Linear(2, 3))))"
    out = run(installed / "th", "-e", code, cwd=tmp_path, env=clean_environment())
    assert out == "nn.Sequential\n"


def test_t7_finds_the_templates_of_its_page(installed: Path, tmp_path: Path) -> None:
    run(installed / "th", "-e", "torch.save('x.t7', {x = torch.ones(3)})", cwd=tmp_path, env=clean_environment())
    run(installed / "t7", "view", "x.t7", "-o", "x.html", cwd=tmp_path, env=clean_environment())
    assert (tmp_path / "x.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_t7_runs_from_a_fresh_install(installed: Path, tmp_path: Path) -> None:
    assert "t7" in run(installed / "t7", "--help", cwd=tmp_path, env=clean_environment())
