"""What is found by its number: rows of a table, numbers in a list, the largest of a row."""

from __future__ import annotations

import numpy as np

from xlsxattn.errors import ShapeError
from xlsxattn.expression.matrix import Matrix, Number, require_numbers
from xlsxattn.expression.operations import ABSENT, Value


class Picked(Matrix):
    """The rows of a ``table`` with some numbers, from 0: ``(m, d)``, ``(n, 1)`` → ``(n, d)``.

    Of one column, ``(m, 1)``, any shape of numbers picks as many; a table of texts gives texts.
    A number that no row has is a mistake, in the sheet too.
    """

    def __init__(self, table: Matrix, numbers: Matrix) -> None:
        require_numbers("pick", (numbers,))
        if table.columns > 1 and numbers.columns > 1:
            raise ShapeError(f"pick: expected a column of numbers of rows, got {numbers!r}")
        one = table.columns == 1
        super().__init__(
            (numbers, table),
            numbers.shape if one else (numbers.rows, table.columns),
            numbers.row_labels,
            numbers.column_labels if one else table.column_labels,
        )
        self.is_text = table.is_text

    @property
    def table(self) -> Matrix:
        return self.operands[1]

    @property
    def sought(self) -> Matrix:
        """The numbers of rows."""
        return self.operands[0]

    def compute(self, numbers: Value, table: Value) -> Value:
        known = (numbers >= 0) & (numbers < len(table))
        rows = np.where(known, numbers, 0).astype(int)
        found = table[rows, 0] if table.shape[1] == 1 else table[rows[:, 0]]
        return np.where(known, found, ABSENT if self.is_text else np.nan)


class Matched(Matrix):
    """For each number of ``x`` the value beside the first equal key, or another number.

    ``x`` is ``(n, m)``, ``keys`` and ``values`` are columns; the result is ``(n, m)``.
    """

    def __init__(self, x: Matrix, keys: Matrix, values: Matrix, otherwise: float) -> None:
        require_numbers("match", (x, keys, values))
        if keys.columns != 1 or keys.shape != values.shape:
            raise ShapeError(
                f"match: expected two columns of equally many rows, got {keys!r} and {values!r}"
            )
        super().__init__((x, keys, values), x.shape, x.row_labels, x.column_labels)
        self.otherwise = otherwise

    @property
    def sought(self) -> Matrix:
        """The numbers that keys are compared with."""
        return self.operands[0]

    def compute(self, x: Value, keys: Value, values: Value) -> Value:
        order = np.argsort(keys[:, 0], kind="stable")
        ordered = keys[order, 0]
        at = np.minimum(np.searchsorted(ordered, x), len(ordered) - 1)
        return np.where(ordered[at] == x, values[order[at], 0], self.otherwise)


class Largest(Matrix):
    """The largest of each row, one or several, the largest first: ``(n, m)`` → ``(n, count)``.

    With ``numbers`` they are the numbers of their columns, from 0, the first where some tie.
    """

    def __init__(self, of: Matrix, count: int, numbers: bool) -> None:
        name = "largest_columns" if numbers else "largest"
        require_numbers(name, (of,))
        if not 0 < count <= of.columns:
            raise ShapeError(f"{name}: expected a count from 1 to {of.columns}, got {count}")
        super().__init__((of,), (of.rows, count), of.row_labels)
        self.count, self.numbers = count, numbers

    def compute(self, of: Value) -> Value:
        largest = -np.sort(-of, axis=1)[:, : self.count]
        if not self.numbers:
            return largest
        firsts = [np.argmax(of == largest[:, [i]], axis=1) for i in range(self.count)]
        return np.stack(firsts, axis=1).astype(np.float64)


def is_plain(node: Matrix) -> bool:
    """Whether a node is computed from numbers that are written down, and nothing else."""
    if node.operands:
        return not node.placed and all(map(is_plain, node.operands))
    return isinstance(node, Number)
