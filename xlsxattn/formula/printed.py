"""The formulas that fill the cells of a step."""

from __future__ import annotations

from collections.abc import Iterator, Set

from xlsxattn.a1 import Area
from xlsxattn.errors import FormulaError
from xlsxattn.expression import (
    Column,
    Concatenation,
    Elementwise,
    Joined,
    Lstm,
    Matrix,
    Recurrence,
    RunningText,
    Slice,
    Step,
    Transpose,
)
from xlsxattn.formula.arrays import ArrayPrinter
from xlsxattn.formula.forms import has_block_form, is_constant
from xlsxattn.formula.presence import GuardingPrinter
from xlsxattn.formula.printer import Places, Surroundings
from xlsxattn.formula.rows import by_rows
from xlsxattn.formula.text import Formula, merged, require_limits
from xlsxattn.functions.activations import sigmoid

#: The titles of sheets whose blocks are filled to the right.
Filled = Set[str]


def formulas(
    step: Step,
    places: Places,
    filled: Filled = frozenset(),
    arrays: frozenset[Matrix] = frozenset(),
    loop: frozenset[Matrix] = frozenset(),
) -> Iterator[Formula]:
    """The formulas that fill the cells of a step; several where it joins parts.

    ``filled`` are the sheets whose blocks are filled to the right, ``arrays`` the steps that
    are array formulas, ``loop`` those that follow from written rows, as this one does.
    FormulaError names a step that has no formula, or too long a one.
    """
    area = places[step]
    parts = ((part, target) for part, target in _parts(step, area) if places.get(part) != target)
    if step in loop:
        parts = (
            one for part, target in parts
            for one in by_rows(step.name, part, target, loop, step in arrays)
        )  # fmt: skip
    for part, target in parts:
        surroundings = Surroundings(target, places, target.sheet in filled, arrays)
        # One array over several rows of a loop would wait for itself.
        whole = step not in loop or target.rows == 1
        yield from _print(step.name, part, surroundings, step in arrays, whole)


def _parts(step: Step, area: Area) -> Iterator[tuple[Matrix, Area]]:
    """What fills a step, part by part, each with where it stands."""
    expression = step.expression
    if isinstance(expression, Joined):
        for part, row, column in expression.offsets():
            yield part, area.part(row, column, *part.shape)
    elif isinstance(expression, Column):
        table = expression.operands[0]
        for row in range(table.rows):
            one = Transpose(Slice(table, range(row, row + 1), range(table.columns)))
            yield one, area.part(row * table.columns, 0, table.columns, 1)
    elif isinstance(expression, RunningText):
        yield from _running_text(step, expression.operands[0], area)
    elif isinstance(expression, Lstm):
        yield from _lstm(step, expression, area)
    elif isinstance(expression, Recurrence):
        yield from _recurrence(step, expression, area)
    else:
        yield expression, area


def _running_text(step: Step, texts: Matrix, area: Area) -> Iterator[tuple[Matrix, Area]]:
    """The first text, and each other one after what stands in the row above."""
    last, one = texts.rows - 1, range(1)
    yield Slice(texts, one, one), area.part(0, 0, 1, 1)
    if last:
        above, own = Slice(step, range(last), one), Slice(texts, range(1, last + 1), one)
        yield Concatenation(above, own), area.part(1, 0, last, 1)


def _recurrence(step: Step, node: Recurrence, area: Area) -> Iterator[tuple[Matrix, Area]]:
    """The first row, and the others, each of which reads the row above it."""
    X, W, U = node.operands
    if node.optional:
        raise FormulaError(f"recurrent: expected words that are always there, got {X!r}")
    last, states = node.rows - 1, range(node.columns)
    words = range(X.columns)
    yield Elementwise("tanh", Slice(X, range(1), words) @ U), area.part(0, 0, 1, node.columns)
    if last:
        above = Slice(step, range(last), states)
        following = above @ W + Slice(X, range(1, last + 1), words) @ U
        yield Elementwise("tanh", following), area.part(1, 0, last, node.columns)


def _lstm(step: Step, node: Lstm, area: Area) -> Iterator[tuple[Matrix, Area]]:
    """Gates and candidates, whose first row has no row above it, then cells, then states."""
    X, W, U, b = node.operands
    if node.optional:
        raise FormulaError(f"lstm: expected words that are always there, got {X!r}")
    last, gates, candidate = node.rows - 1, node.span("gates"), node.span("candidate")

    def own(kind: str, rows: range) -> Matrix:
        return Slice(step, rows, node.span(kind))

    def read(rows: range, columns: range) -> Matrix:
        """What gates and candidates of some words are functions of."""
        words = Slice(X, rows, range(X.columns)) @ Slice(U, range(U.rows), columns)
        words = words + Slice(b, range(1), columns)
        if not rows.start:
            return words
        above = own("state", range(rows.start - 1, rows.stop - 1))
        return above @ Slice(W, range(W.rows), columns) + words

    for rows in (range(1), range(1, 1 + last)):
        if rows:
            yield sigmoid(read(rows, gates)), _within(area, rows, gates)
            tanh = Elementwise("tanh", read(rows, candidate))
            yield tanh, _within(area, rows, candidate)
            cell = own("input", rows) * own("candidate", rows)
            if rows.start:
                cell = own("forget", rows) * own("cell", range(last)) + cell
            yield cell, _within(area, rows, node.span("cell"))
    rows = range(node.rows)
    state = own("output", rows) * Elementwise("tanh", own("cell", rows))
    yield state, _within(area, rows, node.span("state"))


def _within(area: Area, rows: range, columns: range) -> Area:
    return area.part(rows.start, columns.start, len(rows), len(columns))


def _print(
    name: str, expression: Matrix, surroundings: Surroundings, in_array: bool, whole: bool
) -> list[Formula]:
    in_array = in_array and not is_constant(expression)
    block = in_array and whole and has_block_form(expression)
    if block:
        printed = ArrayPrinter(surroundings, expression.shape).print_number(expression)
    else:
        printed = GuardingPrinter(surroundings, expression.shape).print_guarded(expression)
    each = in_array and not block
    formula = Formula(surroundings.area, merged(printed.pieces), array=block, each=each)
    require_limits(name, formula)
    return formula.by_rows()
