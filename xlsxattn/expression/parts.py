"""Parts of matrices, and matrices of parts: reductions, slices, joins, numberings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from xlsxattn.errors import ShapeError
from xlsxattn.expression.labels import Texts
from xlsxattn.expression.matrix import Labels, Matrix, require_matrix, require_numbers
from xlsxattn.expression.operations import REDUCTIONS, Value


class Reduction(Matrix):
    """Sum, maximum or mean along each row ``(n, 1)``, each column ``(1, m)``, or of all."""

    def __init__(self, operation: str, axis: str, operand: Matrix) -> None:
        require_matrix(operation, operand)
        shape = {
            "row": (operand.rows, 1),
            "column": (1, operand.columns),
            "all": (1, 1),
        }[axis]
        require_numbers(operation, (operand,))
        super().__init__(
            (operand,),
            shape,
            operand.row_labels if axis == "row" else None,
            operand.column_labels if axis == "column" else None,
        )
        self.operation, self.axis = operation, axis

    def compute(self, value: Value) -> Value:
        axis = {"row": 1, "column": 0, "all": None}[self.axis]
        return REDUCTIONS[self.operation].compute(value, axis=axis, keepdims=True)


class Slice(Matrix):
    """Some neighbouring rows and columns of a matrix, counted from 0."""

    def __init__(self, operand: Matrix, rows: range, columns: range) -> None:
        for which, part, whole in (
            ("rows", rows, operand.rows),
            ("columns", columns, operand.columns),
        ):
            if not 0 <= part.start < part.stop <= whole:
                raise ShapeError(
                    f"slice of {operand!r}: expected {which} within 0…{whole - 1}, "
                    f"got {part.start}…{part.stop - 1}"
                )
        super().__init__(
            (operand,),
            (len(rows), len(columns)),
            _part(operand.row_labels, rows),
            _part(operand.column_labels, columns),
        )
        self.row_range, self.column_range = rows, columns
        self.is_text = operand.is_text

    @property
    def operand(self) -> Matrix:
        return self.operands[0]

    def compute(self, value: Value) -> Value:
        return value[
            self.row_range.start : self.row_range.stop,
            self.column_range.start : self.column_range.stop,
        ]


def _part(labels: Labels | None, part: range) -> Labels | None:
    if labels is None or len(labels) == len(part):
        return labels
    if isinstance(labels, Texts):
        return Texts(
            labels.ids[part.start : part.stop],
            labels.texts[part.start : part.stop],
            labels.nodes[part.start : part.stop],
        )
    return None


class Joined(Matrix):
    """Matrices side by side (``"columns"``) or one under another (``"rows"``)."""

    def __init__(
        self, direction: str, parts: Sequence[Matrix], labels: Labels | None = None
    ) -> None:
        by_rows = direction == "rows"
        across = [part.columns if by_rows else part.rows for part in parts]
        if len(set(across)) != 1:
            came = ", ".join(repr(part) for part in parts)
            other = "columns" if by_rows else "rows"
            raise ShapeError(f"join by {direction}: expected equally many {other}, got {came}")
        along = sum(part.rows if by_rows else part.columns for part in parts)
        shape = (along, across[0]) if by_rows else (across[0], along)
        row_labels, column_labels = parts[0].row_labels, parts[0].column_labels
        if by_rows:
            row_labels = labels or _joined_labels([part.row_labels for part in parts])
        else:
            column_labels = labels or _joined_labels([part.column_labels for part in parts])
        super().__init__(parts, shape, row_labels, column_labels)
        self.direction, self.is_text = direction, any(part.is_text for part in parts)

    def offsets(self) -> Iterator[tuple[Matrix, int, int]]:
        """Each part with the row and column (from 0) at which it starts."""
        row = column = 0
        for part in self.operands:
            yield part, row, column
            if self.direction == "rows":
                row += part.rows
            else:
                column += part.columns

    def compute(self, *values: Value) -> Value:
        return np.concatenate(values, axis=0 if self.direction == "rows" else 1)


def _joined_labels(labels: Sequence[Labels | None]) -> Texts | None:
    """The labels of parts one after another, where all of them are fixed."""
    fixed = [part for part in labels if isinstance(part, Texts)]
    if len(fixed) < len(labels):
        return None
    nodes = tuple(n for part in fixed for n in part.nodes or (None,) * len(part))
    return Texts(
        tuple(i for part in fixed for i in part.ids),
        tuple(t for part in fixed for t in part.texts),
        nodes if any(node is not None for node in nodes) else (),
    )


class Numbering(Matrix):
    """The number of each row ``(n, 1)`` or column ``(1, m)`` of a matrix, from 1."""

    def __init__(self, axis: str, of: Matrix) -> None:
        super().__init__((of,), (of.rows, 1) if axis == "row" else (1, of.columns))
        self.axis = axis

    @property
    def of(self) -> Matrix:
        return self.operands[0]

    def compute(self, value: Value) -> Value:
        return np.arange(1.0, max(self.shape) + 1).reshape(self.shape)


class ColumnCount(Matrix):
    """How many columns a matrix has, as a scalar: the d of √d."""

    def __init__(self, of: Matrix) -> None:
        super().__init__((of,), (1, 1))

    @property
    def of(self) -> Matrix:
        return self.operands[0]

    def compute(self, value: Value) -> Value:
        return np.array([[float(value.shape[1])]])


def is_of_shape(node: Matrix) -> bool:
    """Whether a node knows how large a matrix is, whatever stands in it."""
    return isinstance(node, (Numbering, ColumnCount))
