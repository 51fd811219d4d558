"""Many sentences in one matrix, one under another, all of the same length."""

from __future__ import annotations

from collections.abc import Callable

from xlsxattn.errors import ShapeError
from xlsxattn.expression import Joined, Matrix, Operand, Slice, require_matrix
from xlsxattn.functions.registry import function, plain_number
from xlsxattn.functions.tables import column_sum

#: As many as there may be sentences of examples, and some.
MAX_COPIES = 1024


@function
def repeat(x: Matrix, times: Operand) -> Matrix:
    """A matrix so many times, one under another: ``(n, m)`` → ``(times·n, m)``."""
    require_matrix("repeat", x)
    copies = int(plain_number("repeat", times))
    if not 1 <= copies <= MAX_COPIES:
        raise ShapeError(f"repeat: expected a number from 1 to {MAX_COPIES}, got {copies}")
    return x if copies == 1 else Joined("rows", [x] * copies)


@function
def sentence_sums(x: Matrix, sentences: Operand = 1) -> Matrix:
    """The sum of each sentence's rows: ``(s·n, m)`` → ``(s, m)``."""
    require_matrix("sentence_sums", x)
    return for_each("sentence_sums", int(plain_number("sentences", sentences)), column_sum, x)


def for_each(
    name: str, sentences: int, operation: Callable[..., Matrix], *matrices: Matrix
) -> Matrix:
    """An operation on each sentence's rows of some matrices, the results one under another.

    ShapeError where the rows cannot be shared out.
    """
    for matrix in matrices:
        if sentences < 1 or matrix.rows % sentences:
            raise ShapeError(
                f"{name}: expected rows that {sentences} sentences of one length share, got "
                f"{matrix!r}"
            )
    if sentences == 1:
        return operation(*matrices)
    results = [operation(*(_rows(m, one, sentences) for m in matrices)) for one in range(sentences)]
    joined = Joined("rows", results)
    joined.row_labels = None if results[0].rows == 1 else joined.row_labels
    return joined


def _rows(matrix: Matrix, number: int, of: int) -> Matrix:
    """The rows of one of some sentences, counted from 0."""
    length = matrix.rows // of
    rows = range(number * length, (number + 1) * length)
    return Slice(matrix, rows, range(matrix.columns))
