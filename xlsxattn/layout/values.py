"""The cells of nodes: taken one after another, filled once everything has its place."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from xlsxattn.a1 import Area
from xlsxattn.errors import LayoutError, naming
from xlsxattn.expression import (
    Elementwise,
    Input,
    Joined,
    Matrix,
    Reduction,
    Step,
    Verdict,
    header_of,
    undefined,
)
from xlsxattn.layout.accepted import Accepted
from xlsxattn.layout.frames import framed
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Run, Sheet
from xlsxattn.outline import Block, is_said
from xlsxattn.style import Role

#: From so many decimals on, numbers of 1,000 and more are shown without.
WIDE_DECIMALS = 3


class Values:
    """What stands in the areas of a sheet's nodes: typed numbers, or formulas and results."""

    def __init__(self, sheet: Sheet, places: Places, accepted: Accepted) -> None:
        self._sheet, self._places, self._accepted = sheet, places, accepted
        self._taken: list[tuple[Block, Area, Role | None]] = []

    def take(self, block: Block, area: Area, role: Role | None = None) -> None:
        """Give a block's node its place, to be filled later: its formulas may look ahead.

        Results have the usual role of a block unless another is given.
        """
        self._places.take(block.node, area)
        self._taken.append((block, area, role))

    def take_head(self, block: Block, header: Area) -> None:
        """Remember where the column labels of a block's node are."""
        self._places.areas[header_of(block.node)] = header
        for part in _rows_of(block.node):
            self._places.areas[header_of(part)] = header

    def take_labels(self, block: Block, down: Area) -> None:
        """Remember where the row labels of a block's node are."""
        self._places.labels[block.node] = down

    def fill(self) -> None:
        """Numbers and formulas in all areas that were taken."""
        for block, area, role in self._taken:
            self._sheet.runs += self._runs(block, area, role)

    def _runs(self, block: Block, area: Area, given: Role | None) -> Iterable[Run]:
        node = block.node
        if isinstance(node, Input):
            self._accepted.numbers(node, area)
            role = role_of("input", block)
            self._note_signs(node, role, area)
            return [Run(area, role, node.value)]
        assert isinstance(node, Step)
        if self._sheet.largest < math.inf:
            self._sheet.results.append(area)
        if not node.is_text:
            _require_defined(node, area)
        role = given or result_role(block, node)
        self._note_signs(node, role, area)
        with naming(node.name):
            runs = [
                Run(formula.area, role, _part(node.value, area, formula.area), formula)
                for formula in self._places.formulas(node)
            ]
        return framed_runs(runs, block, area)

    def _note_signs(self, node: Matrix, role: Role, area: Area) -> None:
        """Remember where scores are masked, and where a zero might have a sign before it."""
        if role.masked:
            self._sheet.masked.append(area)
        if role.signed or _has_negative(node):
            self._sheet.near_zero.setdefault(role.decimals, []).append(area)


def framed_runs(runs: Iterable[Run], block: Block, area: Area) -> list[Run]:
    """The runs of a block, those that it marks with a frame; live marks are formats."""
    if block.mark is None or block.mark.live:
        return list(runs)
    return [part for run in runs for part in framed(run, area, block.mark, block.tone)]


def result_role(block: Block, node: Step) -> Role:
    """A verdict, a column at the side of a matrix, or a matrix."""
    if isinstance(node.expression, Verdict):
        return Role("verdict")
    if block.shades:
        return role_of("shade", block)
    if is_said(block):  # a sentence under a matrix
        return Role("said", live=True)
    if block.attached and block.above is None:
        return role_of("side", block)
    return role_of("value", block, block.masked)


def role_of(kind: str, block: Block, masked: bool = False) -> Role:
    return Role(kind, "neutral", block.decimals, block.signed, masked, _is_wide(block))


def _rows_of(node: Matrix) -> list[Matrix]:
    """The steps that a table is made of, one under another."""
    table = node.expression if isinstance(node, Step) else node
    if not isinstance(table, Joined) or table.direction != "rows":
        return []
    return [part for part in table.operands if isinstance(part, Step)]


def _is_wide(block: Block) -> bool:
    """Whether a block has decimals for its small numbers that its large ones do not need."""
    numbers = block.node.value
    if numbers.dtype == object or block.decimals < WIDE_DECIMALS:
        return False
    return bool((np.abs(numbers) >= 1000).any())


def _has_negative(node: Matrix) -> bool:
    return node.value.dtype != object and bool((node.value < 0).any())


def _require_defined(node: Step, area: Area) -> None:
    """LayoutError where a cell would show an error, and which operation gives it."""
    found = undefined(node.expression)
    if found is not None:
        part, number = found
        kind = part.operation if isinstance(part, (Elementwise, Reduction)) else "the whole"
        raise LayoutError(
            f"{node.name}: expected finite numbers at every step of the formula, got {number} "
            f"from {kind}, in {area.relative}"
        )


def _part(values: Any, whole: Area, part: Area) -> Any:
    row, column = part.row - whole.row, part.column - whole.column
    return values[row : row + part.rows, column : column + part.columns]
