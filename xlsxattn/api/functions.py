"""Functions of matrices for Python, beside the operators that a ``Matrix`` has.

Each takes matrices or numbers and returns a matrix: nothing is computed before its
``value`` is asked for, or it is printed or placed in a workbook.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlsxattn.errors import ShapeError
from xlsxattn.expression import (
    Elementwise,
    Joined,
    Labels,
    Lookup,
    Matrix,
    Operand,
    Reduction,
    Texts,
    Words,
    column_sum,
    exp,
    ln,
    require_matrix,
    row_max,
    row_sum,
    sqrt,
    tanh,
    total,
    where,
)
from xlsxattn.gradient import gradient

__all__ = [
    "beside",
    "close",
    "column_max",
    "column_mean",
    "column_sum",
    "cos",
    "exp",
    "gradients",
    "ln",
    "lookup",
    "maximum",
    "mean",
    "minimum",
    "row_max",
    "row_mean",
    "row_sum",
    "sin",
    "softmax",
    "sqrt",
    "stack",
    "tanh",
    "total",
    "where",
]


def softmax(x: Matrix) -> Matrix:
    """The softmax of each row, ``(n, m)`` → ``(n, m)``: shares that sum to 1.

    The row's maximum is subtracted first, which changes no share and keeps EXP from
    overflowing.
    """
    require_matrix("softmax", x)
    exponentials = exp(x - row_max(x))
    return exponentials / row_sum(exponentials)


def sin(x: Operand) -> Matrix:
    """The sine of each element, in radians."""
    return Elementwise("sin", x)


def cos(x: Operand) -> Matrix:
    """The cosine of each element, in radians."""
    return Elementwise("cos", x)


def row_mean(x: Matrix) -> Matrix:
    """The mean of each row, ``(n, m)`` → ``(n, 1)``."""
    return Reduction("mean", "row", x)


def column_mean(x: Matrix) -> Matrix:
    """The mean of each column, ``(n, m)`` → ``(1, m)``."""
    return Reduction("mean", "column", x)


def column_max(x: Matrix) -> Matrix:
    """The maximum of each column, ``(n, m)`` → ``(1, m)``."""
    return Reduction("max", "column", x)


def maximum(x: Matrix, *others: Operand) -> Matrix:
    """The largest of all elements, a scalar; of several operands, elementwise."""
    return Elementwise("maximum", x, *others) if others else Reduction("max", "all", x)


def minimum(x: Matrix, *others: Operand) -> Matrix:
    """The smallest of all elements, a scalar; of several operands, elementwise."""
    return Elementwise("minimum", x, *others) if others else Reduction("min", "all", x)


def mean(x: Matrix) -> Matrix:
    """The mean of all elements, a scalar."""
    return Reduction("mean", "all", x)


def close(a: Matrix, b: Operand, within: float = 1e-12) -> Matrix:
    """Whether no element of ``a`` is further than ``within`` from ``b``: 1 or 0, for a claim."""
    return maximum(abs(a - b)) <= within


def beside(*parts: Matrix) -> Matrix:
    """Matrices of equally many rows, side by side.

    Labels that would stand there twice are left out, as are those that the parts disagree on.
    """
    return _joined("columns", parts)


def stack(*parts: Matrix) -> Matrix:
    """Matrices of equally many columns, one under another; labels are as ``beside`` has them."""
    return _joined("rows", parts)


def _joined(direction: str, parts: Sequence[Matrix]) -> Matrix:
    wrong = [part for part in parts if not isinstance(part, Matrix)]
    if wrong or not parts:
        came = type(wrong[0]).__name__ if wrong else "none"
        raise ShapeError(f"join by {direction}: expected matrices, got {came}")
    joined = Joined(direction, parts)
    joined.row_labels = _unmistakable(joined, "rows", [part.row_labels for part in parts])
    joined.column_labels = _unmistakable(joined, "columns", [part.column_labels for part in parts])
    return joined


def _unmistakable(joined: Joined, what: str, given: Sequence[Labels | None]) -> Labels | None:
    """The labels of a table, but for those that occur twice or are of one part only."""
    labels = joined.row_labels if what == "rows" else joined.column_labels
    if joined.direction == what:
        repeat = isinstance(labels, Texts) and len(set(labels.texts)) < len(labels)
    else:
        repeat = any(other is not None and other != labels for other in given)
    return None if repeat else labels


def lookup(words: Matrix, table: Matrix) -> Matrix:
    """The rows of ``table`` for some words, ``(n, 1)``, ``(m, d)`` → ``(n, d)``.

    The rows of ``table`` have words for their labels: those of ``Workbook.words``.
    """
    require_matrix("lookup", words, table)
    keys = table.row_labels
    if not isinstance(keys, Words) or not words.is_text:
        raise ShapeError(f"lookup: expected words, and a table with words as its rows, got "
                         f"{words!r} and {table!r}")  # fmt: skip
    return Lookup(words, keys, table)


def gradients(loss: Matrix, of: Sequence[Matrix]) -> list[Matrix]:
    """The gradient of a scalar loss with respect to each of some matrices, of their shapes.

    Each is an expression: name it as a step, and it stands in the workbook as formulas.
    GradientError names an operation that has no gradient.
    """
    return gradient(loss, of)
