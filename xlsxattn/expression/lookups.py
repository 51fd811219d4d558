"""What is found by its word or label: rows of a table, one element, the label of the largest."""

from __future__ import annotations

import numpy as np

from xlsxattn.errors import NotationError, ShapeError
from xlsxattn.expression.labels import Texts
from xlsxattn.expression.matrix import Matrix, WordList
from xlsxattn.expression.operations import ABSENT, Value
from xlsxattn.expression.parts import Slice


def header_of(matrix: Matrix) -> Header:
    """The cells of a matrix's column labels, as a matrix of texts: always the same node."""
    if not isinstance(matrix._header, Header):
        matrix._header = Header(matrix)
    return matrix._header


class Header(Matrix):
    """The column labels of a placed matrix as a row of texts ``(1, m)``, where they stand."""

    placed = True
    is_text = True

    def __init__(self, of: Matrix) -> None:
        words = (of.column_labels,) if isinstance(of.column_labels, WordList) else ()
        super().__init__(words, (1, of.columns), None, of.column_labels)
        self.of = of

    def compute(self, *words: Value) -> Value:
        if words:
            return words[0].T
        texts = self.of.column_labels.texts if isinstance(self.of.column_labels, Texts) else ()
        return np.array([texts or ("",) * self.columns], dtype=object)


class Lookup(Matrix):
    """The rows of ``table`` found by word: ``(n, 1)``, ``(m, 1)``, ``(m, d)`` → ``(n, d)``.

    The first match counts. ``strict`` lookups need every word among the keys; others
    give NaN for an absent one, which is shown as a dash.
    """

    def __init__(self, words: Matrix, keys: WordList, table: Matrix, strict: bool = True) -> None:
        if len(keys) != table.rows:
            raise ShapeError(f"lookup in {table!r}: expected {table.rows} keys, got {len(keys)}")
        labels = words if isinstance(words, WordList) else None
        super().__init__(
            (words, keys, table), (words.rows, table.columns), labels, table.column_labels
        )
        self.strict = strict
        self.optional = self.optional or not strict

    @property
    def words(self) -> Matrix:
        return self.operands[0]

    @property
    def keys(self) -> WordList:
        keys = self.operands[1]
        assert isinstance(keys, WordList)
        return keys

    @property
    def table(self) -> Matrix:
        return self.operands[2]

    def compute(self, words: Value, keys: Value, table: Value) -> Value:
        first: dict[str, int] = {}
        for index, key in enumerate(keys[:, 0]):
            first.setdefault(key, index)
        absent = [word for word in words[:, 0] if word not in first]
        if absent and self.strict:
            raise NotationError(f"lookup: expected one of {', '.join(first)}, got {absent[0]!r}")
        result = np.full((len(words), self.columns), np.nan)
        for row, word in enumerate(words[:, 0]):
            if word in first:
                result[row] = table[first[word]]
        return result


class Entry(Matrix):
    """One element, its row and column found by word or given by number (from 0)."""

    def __init__(self, table: Matrix, row: str | int, column: str | int) -> None:
        for key, length, what in ((row, table.rows, "row"), (column, table.columns, "column")):
            if isinstance(key, int) and not 0 <= key < length:
                raise ShapeError(
                    f"entry of {table!r}: expected a {what} within 0…{length - 1}, got {key}"
                )
        self.row, self.column = row, column
        sought = self._words_sought(table)
        super().__init__((table, *(words for _, words in sought)), (1, 1))
        self.optional = self.optional or bool(sought)

    @property
    def table(self) -> Matrix:
        return self.operands[0]

    def words_sought(self) -> list[tuple[str, WordList]]:
        """The words that must be present, each with the list it is sought in."""
        return self._words_sought(self.table)

    def _words_sought(self, table: Matrix) -> list[tuple[str, WordList]]:
        sought = []
        for key, labels in ((self.row, table.row_labels), (self.column, table.column_labels)):
            if isinstance(key, str):
                assert isinstance(labels, WordList)
                sought.append((key, labels))
        return sought

    def compute(self, table: Value, *words: Value) -> Value:
        listed, indices = iter(words), []
        for key in (self.row, self.column):
            if isinstance(key, int):
                indices.append(key)
                continue
            among = next(listed)[:, 0].tolist()
            if key not in among:
                return np.array([[np.nan]])
            indices.append(among.index(key))
        return np.array([[table[indices[0], indices[1]]]])


class LargestLabel(Matrix):
    """For each row, the column label of its largest element: ``(n, m)`` → texts ``(n, 1)``."""

    is_text = True

    def __init__(self, of: Matrix) -> None:
        table = of.operand if isinstance(of, Slice) else of  # some of its rows, and all columns
        if not table.placed or table.columns != of.columns or of.is_text or not of.column_labels:
            raise ShapeError(f"largest_label: expected a step with column labels, got {of!r}")
        super().__init__((of, header_of(table)), (of.rows, 1), of.row_labels)

    def compute(self, values: Value, header: Value) -> Value:
        found: Value = header[0, np.argmax(values, axis=1)][:, None]
        return np.where(np.isnan(values).any(axis=1, keepdims=True), ABSENT, found)
