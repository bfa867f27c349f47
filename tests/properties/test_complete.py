"""Every operation on tensors has a row in the table, or stands here with the reason why it has none."""

from __future__ import annotations

from typing import Any

import pytorch_from_lua as torch
from pytorch_from_lua.tensor.functions import FUNCTIONS
from tests.properties.checks import in_place_name
from tests.properties.rows import CASES

#: What has no row, by the reason.
EXEMPT = {
    "random numbers, whose stream tests/tensor/test_generator.py compares": (
        "bernoulli bernoulli_ cauchy_ exponential_ geometric_ log_normal_ multinomial normal normal_ poisson rand "
        "rand_like randint randint_like randn randn_like randperm random_ uniform_"
    ),
    "the state of the random stream": (
        "Generator default_generator get_rng_state initial_seed manual_seed seed set_rng_state"
    ),
    "values that are not set": "empty empty_like empty_strided new new_empty new_empty_strided",
    "tensors of plain sizes, in tests/tensor/test_creation.py": (
        "bartlett_window blackman_window full hamming_window hann_window kaiser_window logspace ones scalar_tensor "
        "zeros"
    ),
    "other libraries' arrays, in tests/tensor/test_conversion.py": (
        "cuda from_dlpack from_numpy frombuffer is_cuda numpy"
    ),
    "what a tensor is, not what is computed from it: geometry, memory, type": (
        "array bump data_ptr get_device is_cpu device dtype from_array from_storage geometry is_contiguous is_set_to "
        "is_storage is_tensor shape storage storage_offset stride"
    ),
    "other memory or another geometry, in test_storages.py": "resize_ resize_as_ set_",
    "gradients, in tests/autograd": (
        "backward detach_ enable_grad grad grad_fn inference_mode is_grad_enabled is_leaf no_grad register_hook "
        "requires_grad requires_grad_ retain_grad set_grad_enabled"
    ),
    "types and settings": (
        "DType Size Storage Tensor can_cast finfo float16 float32 float64 get_default_dtype get_num_threads iinfo "
        "int16 int32 int64 int8 promote_types result_type set_default_dtype set_default_tensor_type set_num_threads "
        "set_printoptions uint8"
    ),
    "a function of Python's for each element, in tests/tensor/test_peer_creation.py": "apply_ map_",
    "numbers": "e inf nan newaxis pi",
    "what there is of complex numbers: the tensor itself, in tests/tensor/test_peer_creation.py": "conj is_conj real",
    "shapes, not tensors": "broadcast_shapes",
    "files, in tests/tensor/test_serialization.py": "load save",
    "factors of which there are several, in tests/tensor/test_linalg.py": "geqrf lu lu_solve lu_unpack orgqr ormqr svd",
}
EXEMPTED = {name for names in EXEMPT.values() for name in names.split()}


def public_names() -> set[str]:
    """Every function of the package, and every method and property of its tensors."""
    methods = {name for name in dir(torch.Tensor) if not name.startswith("_")}
    return {*FUNCTIONS, *methods, *torch.__all__}


def same_method(name: str) -> Any:
    """The method of that name, by which second names are told: ``Tensor.arccos is Tensor.acos``."""
    return getattr(torch.Tensor, name, None)


def covered_names() -> set[str]:
    """The names that rows check, in place too, and second names of them."""
    rows = {case.name for case in CASES} | {in_place_name(case) for case in CASES if case.in_place}
    methods = [same_method(name) for name in rows]
    return rows | {name for name in public_names() if any(same_method(name) is m for m in methods if m is not None)}


def test_every_operation_has_a_row() -> None:
    missing = sorted(public_names() - covered_names() - EXEMPTED)
    assert not missing, (
        f"no row for {', '.join(missing)}.\nAdd a line for each to the cases_*.py of its family in tests/properties "
        '(unary("exp", np.exp, result="real", ulps=4), say; table.py says how), or, where it computes nothing from '
        "tensors, its name to EXEMPT in test_complete.py under a reason."
    )


def test_no_exemption_is_left_over() -> None:
    assert sorted(EXEMPTED - public_names()) == []
    assert sorted(EXEMPTED & covered_names()) == []


def test_every_row_is_of_an_operation() -> None:
    known = {*public_names(), *dir(torch.Tensor)}
    assert sorted({case.name for case in CASES} - known) == []
