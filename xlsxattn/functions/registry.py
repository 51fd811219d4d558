"""The one list of functions, how one gets on it, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from xlsxattn.errors import ShapeError
from xlsxattn.expression import Matrix, Number, Operand, is_plain

Function = Callable[..., Matrix]
#: Makes a part of a function, from its usual name and what it is: a step, or the same node.
MakePart = Callable[[str, Matrix], Matrix]
AnyFunction = TypeVar("AnyFunction", bound=Function)

#: Every function by what lesson files call it, and by what Python does where that differs.
FUNCTIONS: dict[str, Function] = {}


def function(made: AnyFunction) -> AnyFunction:
    """Put a function on the list, under its own name."""
    FUNCTIONS[made.__name__] = made
    return made


def plain_number(what: str, operand: Operand) -> float:
    """A plain number, which notation gives as a node."""
    number = operand.number if isinstance(operand, Number) else operand
    if isinstance(number, Matrix) and number.shape == (1, 1) and is_plain(number):
        return float(number.value[0, 0])
    if isinstance(number, Matrix):
        raise ShapeError(f"{what}: expected a plain number, got {number!r}")
    return float(number)
