"""``A[0]``, ``A[:, "animal"]``, ``A["cat", "animal"]``: parts of a matrix in Python."""

from __future__ import annotations

import operator
from typing import SupportsIndex

from xlsxattn.errors import NotationError
from xlsxattn.expression.lookups import Entry, Lookup
from xlsxattn.expression.matrix import Labels, Matrix, Text, WordList
from xlsxattn.expression.parts import Slice


def index(matrix: Matrix, key: object) -> Matrix:
    """The part of a matrix that ``matrix[key]`` stands for, always of two dimensions.

    A key is a number (from 0, negative from the end), a slice without a step, or a label;
    a pair of them is a row and a column. The label of a word that a reader may change is
    sought in the sheet, and its result is a dash while the word is absent. NotationError
    or ShapeError where there is no such part.
    """
    keys = key if isinstance(key, tuple) else (key,)
    if not 1 <= len(keys) <= 2:
        raise NotationError(f"{matrix!r}: expected a row and a column, got {len(keys)} keys")
    row = _part(matrix, keys[0], matrix.row_labels, matrix.rows)
    column: str | range = range(matrix.columns)
    if len(keys) == 2:
        column = _part(matrix, keys[1], matrix.column_labels, matrix.columns)
    return select(matrix, row, column)


def _part(matrix: Matrix, key: object, labels: Labels | None, length: int) -> str | range:
    if isinstance(key, str):
        ids: tuple[str, ...] = ()
        if labels is not None:
            ids = (labels.choices or labels).words if isinstance(labels, WordList) else labels.ids
        if key not in ids:  # not left to the sheet, which takes Cat for cat
            known = ", ".join(ids[:20]) or "no labels"
            raise NotationError(f"{matrix!r}: expected one of {known}, got {key!r}")
        return key if isinstance(labels, WordList) else range(ids.index(key), ids.index(key) + 1)
    if isinstance(key, slice):
        if key.step not in (None, 1):
            raise NotationError(f"{matrix!r}: expected a slice without a step, got {key.step}")
        start, stop, _ = key.indices(length)
        if start >= stop:
            raise NotationError(f"{matrix!r}: expected a part of it, got {start}:{stop}")
        return range(start, stop)
    if not isinstance(key, SupportsIndex) or isinstance(key, bool):
        raise NotationError(f"{matrix!r}: expected a number, a slice or a label, got {key!r}")
    position = operator.index(key)
    if not -length <= position < length:
        raise NotationError(f"{matrix!r}: expected a position below {length}, got {position}")
    return range(position % length, position % length + 1)


def select(table: Matrix, row: str | range, column: str | range) -> Matrix:
    """Rows and columns of a matrix, each a range of positions or a word to look up."""
    if isinstance(row, range) and isinstance(column, range):
        return Slice(table, row, column)
    if isinstance(row, str) and column == range(table.columns):
        assert isinstance(table.row_labels, WordList)
        return Lookup(Text(row), table.row_labels, table, strict=False)
    if all(isinstance(key, str) or len(key) == 1 for key in (row, column)):
        return Entry(table, *(key if isinstance(key, str) else key[0] for key in (row, column)))
    raise NotationError("expected one column with a word's row, or the whole row, got several")
