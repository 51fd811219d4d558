"""The pieces of a formula, and how its references move as it is filled over a block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from xlsxattn.a1 import (
    MAX_FORMULA_LENGTH,
    MAX_LITERAL,
    MAX_NESTING,
    MAX_OPERANDS,
    Area,
    column_letters,
)
from xlsxattn.errors import FormulaError


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to one cell inside a formula that is filled over a block.

    Row and column are those for the block's first cell. ``row_by`` and ``column_by`` say
    which way along the block they move: down (``"row"``), to the right (``"column"``), or
    not at all. A row that moves to the right is that of a transposed matrix.
    """

    sheet: str
    row: int
    column: int
    row_by: str = "row"
    column_by: str = "column"
    row_sign: str = ""
    column_sign: str = ""

    def at(self, row: int, column: int) -> str:
        offsets = {"row": row, "column": column, "": 0}
        letters = column_letters(self.column + offsets[self.column_by])
        number = self.row + offsets[self.row_by]
        return f"{self.sheet}{self.column_sign}{letters}{self.row_sign}{number}"

    def in_row(self, row: int) -> Reference:
        """The same reference for a block that starts so many rows (from 0) further down."""
        if row == 0 and self.column_by != "row":
            return self
        return replace(
            self,
            row=self.row + (row if self.row_by == "row" else 0),
            column=self.column + (row if self.column_by == "row" else 0),
            column_by="" if self.column_by == "row" else self.column_by,
        )

    def within(self, row: int, column: int) -> Reference:
        """The same reference for a block that starts so many rows and columns further on."""
        offsets = {"row": row, "column": column, "": 0}
        return replace(
            self, row=self.row + offsets[self.row_by], column=self.column + offsets[self.column_by]
        )


Piece = str | Reference


class Printed(NamedTuple):
    """A printed expression, and how tightly its outermost operator binds."""

    pieces: tuple[Piece, ...]
    precedence: int


@dataclass(frozen=True)
class Formula:
    """What stands in an area: one formula filled over its cells, or array formulas.

    An ``array`` is one formula for the whole area; with ``each``, every cell has an array
    formula of its own.
    """

    area: Area
    pieces: tuple[Piece, ...]
    array: bool = False
    each: bool = False

    def at(self, row: int = 0, column: int = 0) -> str:
        """The text of one cell's formula, without ``=``; row and column from 0."""
        return "".join(
            piece if isinstance(piece, str) else piece.at(row, column) for piece in self.pieces
        )

    def row_texts(self, row: int, spell: Callable[[int], str] = str) -> Iterator[str]:
        """The texts of a row of cells, as ``at`` gives them, faster.

        ``spell`` writes the row numbers that move from row to row; in their place it can
        leave a mark, so that the texts of one row become those of any other.
        """
        parts: list[str] = []
        moving: list[Reference] = []
        for piece in self.pieces:
            if isinstance(piece, str):
                parts.append(piece.replace("%", "%%"))
                continue
            fixed = piece.in_row(row)
            letters = column_letters(fixed.column) if not fixed.column_by else "%s"
            number = {"row": spell(fixed.row), "column": "%s", "": str(fixed.row)}[piece.row_by]
            sheet = piece.sheet.replace("%", "%%")
            parts.append(f"{sheet}{piece.column_sign}{letters}{piece.row_sign}{number}")
            if "%s" in (letters, number):
                moving.append(fixed)
        template = "".join(parts)
        for column in range(self.area.columns):
            filled: list[str] = []
            for reference in moving:
                if reference.column_by:
                    filled.append(column_letters(reference.column + column))
                if reference.row_by == "column":
                    filled.append(str(reference.row + column))
            yield template % tuple(filled)

    def part(self, row: int, column: int, rows: int, columns: int) -> Formula:
        """The formula of some of the cells, which is an ordinary one; row and column from 0."""
        pieces = tuple(p if isinstance(p, str) else p.within(row, column) for p in self.pieces)
        return replace(self, area=self.area.part(row, column, rows, columns), pieces=pieces)

    def by_rows(self) -> list[Formula]:
        """One formula a row where columns move from row to row, as under a transposed matrix."""
        references = [piece for piece in self.pieces if isinstance(piece, Reference)]
        if self.area.rows == 1 or all(r.column_by != "row" for r in references):
            return [self]
        return [
            replace(
                self,
                area=self.area.part(row, 0, 1, self.area.columns),
                pieces=tuple(p if isinstance(p, str) else p.in_row(row) for p in self.pieces),
            )
            for row in range(self.area.rows)
        ]

    @property
    def shown(self) -> str:
        """The first formula as a spreadsheet shows it: ``=C5/2``, an array in braces."""
        return f"{{={self.at()}}}" if self.array or self.each else f"={self.at()}"


def merged(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The same pieces with neighbouring texts joined."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and isinstance(piece, str) and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return tuple(joined)


def require_limits(name: str, formula: Formula) -> None:
    """FormulaError where a formula is longer, or more deeply nested, than Excel takes."""
    length = len(formula.at(formula.area.rows - 1, formula.area.columns - 1)) + 1
    if length > MAX_FORMULA_LENGTH:
        raise FormulaError(
            f"{name}: expected a formula of at most {MAX_FORMULA_LENGTH} characters, "
            f"got {length}; name some of its parts as steps of their own"
        )
    operands: list[int] = []
    for token in re.findall(r'"(?:[^"]|"")*"' r"|'[^']*'|[(),]", formula.at()):
        if token[0] == '"' and len(token[1:-1].replace('""', '"')) > MAX_LITERAL:
            raise FormulaError(
                f"{name}: expected a text of at most {MAX_LITERAL} characters, got {token[:40]}…"
            )
        if token == "(":
            operands.append(1)
        elif token == ")":
            operands.pop()
        elif token == "," and operands:
            operands[-1] += 1
        for count, limit, what in (
            (len(operands), MAX_NESTING, "parentheses within one another"),
            (operands[-1] if operands else 0, MAX_OPERANDS, "operands of a function"),
        ):
            if count > limit:
                raise FormulaError(
                    f"{name}: expected at most {limit} {what}, got more; name some of its parts "
                    "as steps of their own"
                )
