"""Coverage of Torch7's interface by the rows of `MIGRATION.md`, against the names that a real Torch7 listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lua_compat.guide.coverage import METHODS, NAMES, missing, named_in_rows, reason

API = Path(__file__).parents[1] / "conformance" / "api"
PACKAGES = ("nn", "optim", "nngraph")
#: Names of rows that a Torch7 installation does not list itself.
ELSEWHERE = {
    "cudnn.SpatialConvolution",
    "cudnn.VolumetricConvolution",
    "nn.InstanceNormalization",
    "nn.Module:__tostring__",
}


def names(package: str) -> list[str]:
    return (API / f"{package}.txt").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_has_a_row_or_a_reason(package: str) -> None:
    left = missing(names(package))
    assert left == [], f"{len(left)} names of {package} have neither a row nor a reason: {' '.join(left)}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_class_and_function_that_scripts_use_has_a_row(package: str) -> None:
    rows = named_in_rows()
    without = {name for name in names(package) if ":" not in name and name not in rows}
    assert without <= set(NAMES)
    assert len(without) < 0.15 * len([name for name in names(package) if ":" not in name]) + 3


def test_rows_speak_of_what_there_is() -> None:
    known = {name for package in PACKAGES for name in names(package)}
    assert named_in_rows() - known == ELSEWHERE


def test_no_reason_is_given_in_vain() -> None:
    known = {name for package in PACKAGES for name in names(package)}
    rows = named_in_rows()
    assert set(NAMES) <= known - rows
    used = {name.partition(":")[2] for name in known if reason(name, rows - set(NAMES)) in METHODS.values()}
    assert set(METHODS) <= used


def test_a_name_that_nothing_speaks_of_is_missing() -> None:
    assert missing(["nn.Linear", "nn.Linear:forward", "nn.Linear:fly", "nn.Lineaar"]) == ["nn.Linear:fly", "nn.Lineaar"]
