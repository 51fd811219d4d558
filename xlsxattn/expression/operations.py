"""One table of elementwise operations, and one of reductions: each written down once.

A row says what NumPy computes, what Excel and a line of mathematics write, and what the
gradient is. To add one is to add a row here, and one to the reference, which must not share
this code; a test tells what is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What stands in place of a result whose word is absent.
ABSENT = "–"

Value = NDArray[Any]
#: A node: a ``Matrix``, which is built on this table.
Matrix = Any
#: Makes a node of an operation by name, for gradients that need one.
Apply = Callable[..., Matrix]
#: The gradients of the operands, or None where there is none: from ``apply``, the gradient of
#: the result, the result, and the operands.
Rule = Callable[..., Sequence[Matrix]]

# How tightly operators bind in Excel, which binds a sign tighter than a power: -2^2 is 4.
COMPARISON, SUM, TERM, POWER, SIGN, ATOM = range(6)


@dataclass(frozen=True)
class Operation:
    """An elementwise operation. ``excel`` is an operator where ``binds`` is given, or a function.

    ``symbol`` stands between two operands in mathematics. ``operands`` is how many there are,
    0 for any number from two. Functions without ``help`` are not for notation.
    """

    compute: Callable[..., Value]
    excel: str
    gradient: Rule | None = None
    binds: int | None = None
    symbol: str = ""
    operands: int = 1
    help: str = ""

    @property
    def compares(self) -> bool:
        return self.binds == COMPARISON


def is_no_number(value: Value) -> Value:
    """Where there is a dash among texts, or what no cell holds as a number."""
    if value.dtype == object:
        return np.asarray(value == ABSENT)
    return ~np.isfinite(value)


def _truth(function: Callable[..., Value]) -> Callable[..., Value]:
    """1 or 0, and NaN where an operand is absent or no number: so it is in a sheet."""

    def truth(*operands: Value) -> Value:
        known = np.asarray(function(*operands), dtype=np.float64)
        for operand in operands:
            known = np.where(is_no_number(operand), np.nan, known)
        return known

    return truth


def _where(condition: Value, a: Value, b: Value) -> Value:
    chosen = np.where(condition != 0, a, b)
    missing = ABSENT if chosen.dtype == object else np.nan
    return np.where(is_no_number(condition), missing, chosen)


def _over_all(function: Any) -> Callable[..., Value]:
    return lambda *operands: function.reduce(np.broadcast_arrays(*operands))


# --- gradients: f applies an operation, g is the result's gradient, r the result --------------


def _power(f: Apply, g: Matrix, r: Matrix, base: Matrix, exponent: Matrix) -> Sequence[Matrix]:
    number = getattr(exponent, "number", None)
    if number is None:
        return exponent * base ** (exponent - 1) * g, g * r * f("ln", base)
    return (2 * base * g if number == 2 else number * base ** (number - 1) * g,)


def _extreme(f: Apply, g: Matrix, r: Matrix, *operands: Matrix) -> Sequence[Matrix]:
    """To the operand that is the largest (or smallest); where several tie, to each."""
    return [f("where", operand.equal(r), g, 0) for operand in operands]


def _comparison(function: Callable[..., Value], excel: str, symbol: str) -> Operation:
    return Operation(_truth(function), excel, None, COMPARISON, f" {symbol} ", 2)


OPERATIONS: dict[str, Operation] = {
    "add": Operation(np.add, "+", lambda f, g, r, a, b: (g, g), SUM, " + ", 2),
    "subtract": Operation(np.subtract, "-", lambda f, g, r, a, b: (g, -g), SUM, " − ", 2),
    "multiply": Operation(
        np.multiply, "*", lambda f, g, r, a, b: (g * b, g * a), TERM, " × ", 2
    ),
    "divide": Operation(
        np.divide, "/", lambda f, g, r, a, b: (g / b, -(g * a / b**2)), TERM, " / ", 2
    ),
    "power": Operation(np.power, "^", _power, POWER, "^", 2),
    "negate": Operation(np.negative, "-", lambda f, g, r, a: (-g,)),
    "less": _comparison(np.less, "<", "<"),
    "less_equal": _comparison(np.less_equal, "<=", "≤"),
    "equal": _comparison(np.equal, "=", "="),
    "not_equal": _comparison(np.not_equal, "<>", "≠"),
    "greater_equal": _comparison(np.greater_equal, ">=", "≥"),
    "greater": _comparison(np.greater, ">", ">"),
    "and": Operation(_truth(_over_all(np.logical_and)), "AND", symbol=" ∧ ", operands=0),
    "where": Operation(
        _where, "IF", lambda f, g, r, c, a, b: (None, f("where", c, g, 0), f("where", c, 0, g)),
        operands=3, help="``a`` where the condition is not 0, ``b`` elsewhere; all broadcast.",
    ),
    "maximum": Operation(_over_all(np.maximum), "MAX", _extreme, operands=0),
    "minimum": Operation(_over_all(np.minimum), "MIN", _extreme, operands=0),
    "exp": Operation(
        np.exp, "EXP", lambda f, g, r, x: (g * r,), help="The exponential of each element."
    ),
    "ln": Operation(
        np.log, "LN", lambda f, g, r, x: (g / x,), help="The natural logarithm of each element."
    ),
    "sqrt": Operation(
        np.sqrt, "SQRT", lambda f, g, r, x: (g / (2 * r),), help="The square root of each element."
    ),
    "tanh": Operation(
        np.tanh, "TANH", lambda f, g, r, x: (g * (1 - r**2),),
        help="The hyperbolic tangent of each element.",
    ),
    "sin": Operation(
        np.sin, "SIN", lambda f, g, r, x: (g * f("cos", x),),
        help="The sine of each element, in radians.",
    ),
    "cos": Operation(
        np.cos, "COS", lambda f, g, r, x: (-(g * f("sin", x)),),
        help="The cosine of each element, in radians.",
    ),
    "abs": Operation(
        np.abs, "ABS", lambda f, g, r, x: (f("where", x.less(0), -g, g),),
        help="Each element without its sign.",
    ),
    "erf": Operation(
        np.vectorize(math.erf, otypes=[np.float64]), "ERF",
        lambda f, g, r, x: (g * f("exp", -(x**2)) * (2 / math.sqrt(math.pi)),),
        help="The error function of each element (spreadsheets compute it to ten digits).",
    ),
}  # fmt: skip


# --- reductions: the gradient has the reduced shape, and stands for what was reduced ----------


@dataclass(frozen=True)
class Reduced:
    """A reduction along rows, along columns or of all elements, ``count`` of them at a time."""

    compute: Callable[..., Value]
    excel: str
    symbol: str
    #: The gradient of the operand x: ``f`` applies an operation, ``along`` another reduction
    #: of x the same way, g is the result's gradient, r the result, n the count.
    gradient: Callable[..., Matrix]
    help: str


REDUCTIONS: dict[str, Reduced] = {
    "sum": Reduced(np.sum, "SUM", "Σ", lambda f, along, g, r, x, n: g, "The sum"),
    "max": Reduced(
        np.max, "MAX", "max", lambda f, along, g, r, x, n: f("where", x.equal(r), g, 0),
        "The maximum",
    ),
    "min": Reduced(
        np.min, "MIN", "min", lambda f, along, g, r, x, n: f("where", x.equal(r), g, 0),
        "The minimum",
    ),
    "mean": Reduced(np.mean, "AVERAGE", "mean", lambda f, along, g, r, x, n: g / n, "The mean"),
    "var": Reduced(
        np.var, "VARP", "var", lambda f, along, g, r, x, n: g * (x - along("mean")) * (2 / n),
        "The variance (over n, not n − 1)",
    ),
}  # fmt: skip
