"""Words and labels: rows of a table, one-hot rows, the label of the largest element."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxattn.errors import NotationError, ShapeError
from xlsxattn.expression import (
    JoinedText,
    LargestLabel,
    Lookup,
    Matrix,
    Operand,
    Text,
    WordList,
    as_matrix,
    header_of,
    require_matrix,
)
from xlsxattn.functions.registry import function, plain_number
from xlsxattn.functions.tables import where


def _with_keys(name: str, words: Matrix, of: Sequence[Matrix]) -> tuple[WordList, Matrix]:
    """The list of words, and the table whose rows they are: given, or the table's own."""
    require_matrix(name, words, *of)
    table = of[-1]
    if len(of) == 2 and not isinstance(of[0], WordList):
        raise NotationError(f"{name}: expected a list of words as keys, got {of[0]!r}")
    keys = of[0] if len(of) == 2 else table.row_labels
    if len(of) not in (1, 2) or not isinstance(keys, WordList) or not words.is_text:
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
    keys = table if isinstance(table, WordList) else table.row_labels
    if not isinstance(keys, WordList) or not words.is_text:
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


@function
def text(*parts: Operand | str, decimals: Operand = 2) -> Matrix:
    """Words and single numbers one after another as one text, the numbers rounded.

    What is absent reads as a dash inside it.
    """
    nodes = [Text(part) if isinstance(part, str) else as_matrix(part) for part in parts]
    return JoinedText(nodes, int(plain_number("text", decimals)))
