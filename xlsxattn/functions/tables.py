"""Elementwise functions and reductions, from the tables of ``expression.operations``."""

from __future__ import annotations

from xlsxattn.errors import NotationError
from xlsxattn.expression import OPERATIONS, REDUCTIONS, Elementwise, Matrix, Operand, Reduction
from xlsxattn.functions.registry import FUNCTIONS, Function, function


def _elementwise(name: str) -> Function:
    operation = OPERATIONS[name]

    def apply(*operands: Operand) -> Matrix:
        if len(operands) != operation.operands:
            raise NotationError(
                f"{name}: expected {operation.operands} operands, got {len(operands)}"
            )
        return Elementwise(name, *operands)

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = operation.help
    return apply


def _reduction(name: str, axis: str) -> Function:
    along = {"row": "of each row, ``(n, m)`` → ``(n, 1)``", "column": "of each column, ``(n, m)`` "
             "→ ``(1, m)``", "all": "of all elements, a scalar"}[axis]  # fmt: skip

    def reduce(x: Matrix) -> Matrix:
        return Reduction(name, axis, x)

    reduce.__name__ = reduce.__qualname__ = name if axis == "all" else f"{axis}_{name}"
    reduce.__doc__ = f"{REDUCTIONS[name].help} {along}."
    return reduce


for _name, _operation in OPERATIONS.items():
    if _operation.help:
        function(_elementwise(_name))
for _name in REDUCTIONS:
    for _axis in ("row", "column", "all"):
        function(_reduction(_name, _axis))

exp, ln, sqrt, tanh, sin, cos, erf, where = (
    FUNCTIONS[_name] for _name in ("exp", "ln", "sqrt", "tanh", "sin", "cos", "erf", "where")
)
row_sum, row_max, row_mean, row_var, column_sum, total, mean = (
    FUNCTIONS[_name]
    for _name in ("row_sum", "row_max", "row_mean", "row_var", "column_sum", "sum", "mean")
)
FUNCTIONS["total"] = total
total.__name__ = total.__qualname__ = "total"  # as Python calls it: its own sum is another


@function
def maximum(x: Matrix, *others: Operand) -> Matrix:
    """The largest of all elements, a scalar; of several operands, elementwise."""
    return Elementwise("maximum", x, *others) if others else Reduction("max", "all", x)


@function
def minimum(x: Matrix, *others: Operand) -> Matrix:
    """The smallest of all elements, a scalar; of several operands, elementwise."""
    return Elementwise("minimum", x, *others) if others else Reduction("min", "all", x)


FUNCTIONS["max"], FUNCTIONS["min"] = maximum, minimum


@function
def close(a: Matrix, b: Operand, within: Operand = 1e-12) -> Matrix:
    """Whether no element of ``a`` is further than ``within`` from ``b``: 1 or 0, for a claim."""
    return maximum(abs(a - b)).less_equal(within)
