"""The functions of matrices, one list for lesson files, Python and the documents.

Each takes matrices or numbers and returns a matrix: nothing is computed before its ``value``
is asked for, or it is printed or placed in a workbook. Elementwise functions and reductions
come from the tables of ``expression.operations``; most others are a line of those, and so
have their formulas and their gradients by themselves. ``FUNCTIONS`` has them all by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from xlsxattn.errors import NotationError, ShapeError
from xlsxattn.expression import (
    OPERATIONS,
    REDUCTIONS,
    ColumnCount,
    Elementwise,
    Joined,
    Labels,
    LargestLabel,
    Lookup,
    Matrix,
    Number,
    Numbering,
    Operand,
    Recurrence,
    Reduction,
    Texts,
    Words,
    header_of,
    require_matrix,
)

Function = Callable[..., Matrix]
AnyFunction = TypeVar("AnyFunction", bound=Function)

#: Every function by what lesson files call it, and by what Python does where that differs.
FUNCTIONS: dict[str, Function] = {}


def function(made: AnyFunction, *names: str) -> AnyFunction:
    """Put a function on the list, under its own name and others."""
    for name in (made.__name__, *names):
        FUNCTIONS[name] = made
    return made


# --- from the tables ------------------------------------------------------------------


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


# --- activations ----------------------------------------------------------------------


@function
def relu(x: Operand) -> Matrix:
    """Each element, or 0 where it is negative."""
    return where(_positive(x), x, 0)


def _positive(x: Operand) -> Matrix:
    return Elementwise("greater", x, 0)


@function
def sigmoid(x: Operand) -> Matrix:
    """1 / (1 + e⁻ˣ), written as (1 + tanh(x/2)) / 2, which no number makes overflow."""
    return (1 + tanh(Elementwise("divide", x, 2))) / 2


@function
def silu(x: Operand) -> Matrix:
    """x · sigmoid(x), the swish of SwiGLU (Ramachandran et al., 2017)."""
    return x * sigmoid(x)


@function
def gelu(x: Operand) -> Matrix:
    """x · Φ(x), by the error function (Hendrycks and Gimpel, 2016)."""
    return x * (1 + erf(Elementwise("divide", x, sqrt(2)))) / 2


@function
def gelu_tanh(x: Operand) -> Matrix:
    """gelu, near enough, by tanh (Hendrycks and Gimpel, 2016, section 2)."""
    cubic = x + 0.044715 * Elementwise("power", x, 3)
    return x * (1 + tanh(math.sqrt(2 / math.pi) * cubic)) / 2


# --- rows: softmax and norms ----------------------------------------------------------


@function
def softmax(x: Matrix) -> Matrix:
    """The softmax of each row, ``(n, m)`` → ``(n, m)``: shares that sum to 1.

    The row's maximum is subtracted first, which changes no share and keeps EXP from
    overflowing.
    """
    require_matrix("softmax", x)
    exponentials = exp(x - row_max(x))
    return exponentials / row_sum(exponentials)


@function
def log_softmax(x: Matrix) -> Matrix:
    """The logarithms of the softmax of each row, ``(n, m)`` → ``(n, m)``, none of them −∞."""
    require_matrix("log_softmax", x)
    shifted = x - row_max(x)
    return shifted - ln(row_sum(exp(shifted)))


@function
def layer_norm(x: Matrix, gain: Operand = 1, shift: Operand = 0, epsilon: Operand = 1e-5) -> Matrix:
    """Each row with mean 0 and variance 1, times ``gain`` (1, m), plus ``shift`` (1, m).

    Ba, Kiros and Hinton, "Layer Normalization" (2016); ``epsilon`` is added to the variance.
    """
    require_matrix("layer_norm", x)
    normal = (x - row_mean(x)) / sqrt(row_var(x) + epsilon)
    return _scaled(normal, gain, shift)


@function
def rms_norm(x: Matrix, gain: Operand = 1, epsilon: Operand = 1e-5) -> Matrix:
    """Each row divided by the root of the mean of its squares, times ``gain`` (1, m).

    Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019).
    """
    require_matrix("rms_norm", x)
    return _scaled(x / sqrt(row_sum(x**2) / x.columns + epsilon), gain, 0)


def _scaled(x: Matrix, gain: Operand, shift: Operand) -> Matrix:
    scaled = x if _is_number(gain, 1) else x * gain
    return scaled if _is_number(shift, 0) else scaled + shift


def _is_number(operand: Operand, number: float) -> bool:
    return (operand.number if isinstance(operand, Number) else operand) is number or (
        isinstance(operand, (int, float)) and operand == number
    )


@function
def cross_entropy(logits: Matrix, targets: Matrix) -> Matrix:
    """−Σ target · ln softmax(logits), the mean over the rows: ``(n, m)`` both, a scalar.

    The rows of ``targets`` are shares that sum to 1, such as those of ``one_hot``.
    """
    require_matrix("cross_entropy", logits, targets)
    if logits.shape != targets.shape:
        raise ShapeError(
            f"cross_entropy: expected targets of the shape of {logits!r}, got {targets!r}"
        )
    return -(total(targets * log_softmax(logits)) / logits.rows)


# --- words ----------------------------------------------------------------------------


def _with_keys(name: str, words: Matrix, of: Sequence[Matrix]) -> tuple[Words, Matrix]:
    """The list of words, and the table whose rows they are: given, or the table's own."""
    require_matrix(name, words, *of)
    table = of[-1]
    if len(of) == 2 and not isinstance(of[0], Words):
        raise NotationError(f"{name}: expected a list of words as keys, got {of[0]!r}")
    keys = of[0] if len(of) == 2 else table.row_labels
    if len(of) not in (1, 2) or not isinstance(keys, Words) or not words.is_text:
        raise ShapeError(f"{name}: expected words, and a table with words as its rows, got "
                         f"{words!r} and {of[0]!r}")  # fmt: skip
    return keys, table


@function
def lookup(words: Matrix, *table: Matrix) -> Matrix:
    """The rows of a table for some words, ``(n, 1)``, ``(m, d)`` → ``(n, d)``.

    The rows of the table have words for their labels; other words may be given before it.
    """
    return Lookup(words, *_with_keys("lookup", words, table))


@function
def find(words: Matrix, *table: Matrix) -> Matrix:
    """As ``lookup``, with a dash where a word is absent."""
    return Lookup(words, *_with_keys("find", words, table), strict=False)


@function
def one_hot(words: Matrix, table: Matrix) -> Matrix:
    """1 where a word is that of a table's row, 0 elsewhere: ``(n, 1)``, ``(m, d)`` → ``(n, m)``.

    ``table`` may be the list of words itself.
    """
    require_matrix("one_hot", words, table)
    keys = table if isinstance(table, Words) else table.row_labels
    if not isinstance(keys, Words) or not words.is_text:
        raise ShapeError(f"one_hot: expected words, and words to compare them with, got "
                         f"{words!r} and {table!r}")  # fmt: skip
    found = where(words.equal(keys.T), 1, 0)
    found.column_labels = keys
    return found


@function
def largest_label(x: Matrix) -> Matrix:
    """For each row, the column label of its largest element: ``(n, m)`` → texts ``(n, 1)``."""
    require_matrix("largest_label", x)
    return LargestLabel(x)


@function
def column_labels(x: Matrix) -> Matrix:
    """The column labels as a row of texts ``(1, m)``, where they stand."""
    require_matrix("column_labels", x)
    return header_of(x)


# --- shapes ---------------------------------------------------------------------------


@function
def beside(*parts: Matrix) -> Matrix:
    """Matrices of equally many rows, side by side.

    Labels that would stand there twice are left out, as are those that the parts disagree on.
    """
    return _joined("columns", parts)


@function
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


@function
def columns(x: Matrix) -> Matrix:
    """How many columns a matrix has, a scalar: the d of √d."""
    require_matrix("columns", x)
    return ColumnCount(x)


@function
def row_numbers(x: Matrix) -> Matrix:
    """The number of each row from 1, ``(n, 1)``."""
    require_matrix("row_numbers", x)
    return Numbering("row", x)


@function
def column_numbers(x: Matrix) -> Matrix:
    """The number of each column from 1, ``(1, m)``."""
    require_matrix("column_numbers", x)
    return Numbering("column", x)


@function
def full(number: Operand, rows: Operand, columns: Operand) -> Matrix:
    """A matrix of one number, ``(rows, columns)``."""
    given = [_plain(operand) for operand in (number, rows, columns)]
    return Number(given[0], (int(given[1]), int(given[2])))


def _plain(operand: Operand) -> float:
    if isinstance(operand, Matrix):
        if not isinstance(operand, Number):
            raise ShapeError(f"full: expected plain numbers, got {operand!r}")
        return operand.number
    return float(operand)


@function
def recurrent(X: Matrix, W: Matrix, U: Matrix) -> Matrix:
    """States of a recurrent cell, tanh(h W + x U), a row a word: see ``Recurrence``."""
    require_matrix("recurrent", X, W, U)
    return Recurrence(X, W, U)


# --- claims ---------------------------------------------------------------------------


@function
def close(a: Matrix, b: Operand, within: Operand = 1e-12) -> Matrix:
    """Whether no element of ``a`` is further than ``within`` from ``b``: 1 or 0, for a claim."""
    return maximum(abs(a - b)).less_equal(within)


# The functions of the tables are names of this module too, and so have a place in its help.
globals().update({name: made for name, made in FUNCTIONS.items() if name == made.__name__})
