"""Typed numbers: the only cells of a workbook, beside words, that hold no formula."""

from __future__ import annotations

from typing import Any

import numpy as np

from xlsxattn.errors import ShapeError
from xlsxattn.expression.matrix import Labels, Matrix
from xlsxattn.expression.operations import Value


class Input(Matrix):
    """Typed numbers: the only cells of a workbook that hold no formula.

    ``choices`` lists the numbers that a switch accepts; ``limits`` are the least and the
    largest number that its cells accept, ``whole`` ones only where that is said.
    """

    placed = True

    def __init__(
        self,
        name: str,
        values: Any,
        row_labels: Labels | None = None,
        column_labels: Labels | None = None,
        choices: tuple[float, ...] = (),
        limits: tuple[float, float] | None = None,
        whole: bool = False,
    ) -> None:
        data = np.atleast_2d(np.asarray(values, dtype=np.float64))
        if data.ndim != 2:
            raise ShapeError(f"{name}: expected two dimensions, got {data.ndim}")
        super().__init__((), (data.shape[0], data.shape[1]), row_labels, column_labels)
        for labels, length, what in (
            (row_labels, self.rows, "row"),
            (column_labels, self.columns, "column"),
        ):
            if labels is not None and len(labels) != length:
                raise ShapeError(f"{name}: expected {length} {what} labels, got {len(labels)}")
        self.name, self.data, self.choices = name, data, choices
        self.limits, self.whole = limits, whole

    def compute(self) -> Value:
        return self.data
