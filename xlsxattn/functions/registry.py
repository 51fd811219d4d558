"""The one list of functions, and how one gets on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from xlsxattn.expression import Matrix

Function = Callable[..., Matrix]
AnyFunction = TypeVar("AnyFunction", bound=Function)

#: Every function by what lesson files call it, and by what Python does where that differs.
FUNCTIONS: dict[str, Function] = {}


def function(made: AnyFunction) -> AnyFunction:
    """Put a function on the list, under its own name."""
    FUNCTIONS[made.__name__] = made
    return made
