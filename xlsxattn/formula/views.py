"""What of a placed node a formula reads: all of it, a part, its transpose."""

from __future__ import annotations

from typing import NamedTuple

from xlsxattn.a1 import Area
from xlsxattn.expression import Matrix, Shape, Slice, Transpose


def is_view(node: Matrix) -> bool:
    """Whether a node's elements are cells: those of a placed node, of a part, turned or not."""
    return placed_of(node).placed


def placed_of(view: Matrix) -> Matrix:
    """What a part or a transpose is taken of, or the node itself where it is neither."""
    while isinstance(view, (Slice, Transpose)) and not view.placed:
        view = view.operands[0]
    return view


class View(NamedTuple):
    """Cells on a sheet; ``turned`` where a row of the view is a column of them."""

    area: Area
    turned: bool

    @property
    def shape(self) -> Shape:
        rows, columns = self.area.shape
        return (columns, rows) if self.turned else (rows, columns)

    def transposed(self) -> View:
        return View(self.area, not self.turned)

    def part(self, rows: range, columns: range) -> View:
        """Some rows and columns of the view, counted from 0."""
        if self.turned:
            rows, columns = columns, rows
        area = self.area.part(rows.start, columns.start, len(rows), len(columns))
        return View(area, self.turned)
