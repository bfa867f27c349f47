"""Every module class as ONNX, in every form that the list of module cases has, with batches of other sizes too."""

from __future__ import annotations

from pathlib import Path

import pytest

from lua_compat.errors import ExportError
from lua_compat.export.onnx import write
from lua_compat.export.onnx.registry import TABLE
from pytorch_from_lua import nn
from tests.export.onnx_runs import Written
from tests.module_cases import CASES, Case

#: Classes without an ONNX form here.
WITHOUT = {
    *("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"),  # in the cases, parts of a module of the tests
    *("LossTable", "ModuleFromLoss"),  # losses
}
MODULES = [case for case in CASES if not case.is_loss]


def is_refused(case: Case) -> bool:
    if "Fractional" in case.class_name:  # the windows that it has been given
        return "_random_samples" not in case.python
    return case.class_name in WITHOUT or "proj_size" in case.python


@pytest.mark.parametrize("case", [case for case in MODULES if not is_refused(case)], ids=str)
def test_a_module_gives_the_same_in_the_runtime(case: Case, tmp_path: Path) -> None:
    module, given = case.build(), case.input()
    if isinstance(module, nn.OneHot):
        given = given.to("int64")
    if isinstance(module, nn.Index):
        given = [given[0], given[1].to("int64")]
    written = Written(module, tmp_path, given)
    written.agree(given)
    if written.any_batch:
        written.agree(written.with_batch(given, 5))


@pytest.mark.parametrize("case", [case for case in MODULES if is_refused(case)], ids=str)
def test_a_module_without_an_onnx_form_is_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"^ONNX: the model has modules that cannot be written:\n"):
        write(case.build(), tmp_path / "model.onnx", case.input())


def test_every_class_has_a_row_or_is_known_to_have_none() -> None:
    classes = {case.class_name for case in MODULES}
    have = {kind.__name__ for kind in TABLE}
    assert classes - have == WITHOUT
