"""Whether operations are recorded: a switch of each thread, as context managers and decorators."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class _Mode(threading.local):
    enabled = True


#: Read by every operation that has an input with ``requires_grad``.
MODE = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded now.

    >>> is_grad_enabled()
    True
    """
    return MODE.enabled


class _GradMode:
    """Sets the switch while a ``with`` block or a decorated function runs."""

    _enabled: bool

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(MODE.enabled)
        MODE.enabled = self._enabled

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        MODE.enabled = self._before.pop()

    def __call__(self, function: F) -> F:
        enabled = self._enabled
        if inspect.isgeneratorfunction(function):
            return cast(F, _switched_generator(function, enabled))

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            before = MODE.enabled
            MODE.enabled = enabled
            try:
                return function(*args, **kwargs)
            finally:
                MODE.enabled = before

        return cast(F, switched)


def _switched_generator(function: Callable[..., Any], enabled: bool) -> Callable[..., Any]:
    """A generator function whose body runs with the switch set, and its caller, between the values, without."""

    def step(resume: Callable[..., Any], *given: Any) -> Any:
        before = MODE.enabled
        MODE.enabled = enabled
        try:
            return resume(*given)
        finally:
            MODE.enabled = before

    @functools.wraps(function)
    def switched(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        body = function(*args, **kwargs)
        try:
            value = step(next, body)
            while True:
                try:
                    sent = yield value
                except GeneratorExit:
                    raise
                except BaseException as error:
                    value = step(body.throw, error)
                else:
                    value = step(body.send, sent)
        except StopIteration as end:
            return end.value
        finally:
            step(body.close)

    return switched


class _Bare(_GradMode):
    """A switch that also decorates without being called: ``@no_grad``."""

    def __new__(cls, function: Any = None) -> Any:
        made = super().__new__(cls)
        return made if function is None else made(function)

    def __init__(self, function: None = None) -> None:
        super().__init__()


class no_grad(_Bare):  # noqa: N801  (PyTorch's name)
    """Nothing is recorded inside: ``with no_grad(): ...``, ``@no_grad()`` or ``@no_grad``."""

    _enabled = False


class enable_grad(_Bare):  # noqa: N801  (PyTorch's name)
    """Operations are recorded inside, also within `no_grad`."""

    _enabled = True


def inference_mode(mode: Any = True) -> Any:
    """`no_grad` under the name for code that only computes; with False, `enable_grad`.

    >>> from pytorch_from_lua import tensor
    >>> with inference_mode():
    ...     (tensor([1.0], requires_grad=True) * 2).requires_grad
    False
    """
    if callable(mode):
        return no_grad(mode)
    return no_grad() if mode else enable_grad()


class set_grad_enabled(_GradMode):  # noqa: N801  (PyTorch's name)
    """Switches recording at once; as a context manager, switches it back at the end of the block."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self._enabled = bool(mode)
        self._at_start: bool | None = MODE.enabled
        MODE.enabled = self._enabled

    def __enter__(self) -> None:
        # The switch was turned when this object was made, so the state to come back to is the one from before that.
        self._before.append(MODE.enabled if self._at_start is None else self._at_start)
        self._at_start = None
        MODE.enabled = self._enabled

    def __call__(self, function: F) -> F:
        if self._at_start is not None:
            MODE.enabled, self._at_start = self._at_start, None
        return super().__call__(function)
