"""Matrices that stand on sheets, and formulas printed over them, for the tests of formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xlsxattn import formula
from xlsxattn.a1 import Area
from xlsxattn.errors import FormulaError
from xlsxattn.expression import Input, Lookup, Matrix, Step, Text, Texts, Words, header_of
from xlsxattn.formula import Formula

t = Input("t", 2.0)
A = Input("A", np.ones((2, 3)))
B = Input("B", np.ones((2, 3)))
ROW = Input("Row", np.ones((1, 3)))
COLUMN = Input("Column", np.ones((2, 1)))
WORDS = Words("Words", ("cat", "mouse", "and"))
SQUARE = Input("Square", np.ones((3, 3)), WORDS, WORDS)
TABLE = Input("Table", np.ones((3, 2)), WORDS, Texts.of(("animal", "device")))
FAR = Input("Far", np.ones((2, 3)))
FAR_t = Input("Far_t", 1.0)
FAR_WORDS = Words("Far_words", ("cat", "mouse"))
#: A row that shows dashes where its word is absent.
FOUND = Step("Found", Lookup(Text("mouse"), WORDS, TABLE, strict=False))
#: Three such rows, of which some may be dashes.
MAYBE = Step("Maybe", Lookup(WORDS, WORDS, TABLE, strict=False))

PLACES: dict[Matrix, Area] = {
    t: Area("Main", 3, 2, 1, 1),  # B3
    A: Area("Main", 5, 3, 2, 3),  # C5:E6
    B: Area("Main", 5, 7, 2, 3),  # G5:I6
    COLUMN: Area("Main", 5, 11, 2, 1),  # K5:K6
    ROW: Area("Main", 9, 3, 1, 3),  # C9:E9
    WORDS: Area("Main", 12, 2, 3, 1),  # B12:B14
    SQUARE: Area("Main", 12, 3, 3, 3),  # C12:E14
    TABLE: Area("Main", 12, 7, 3, 2),  # G12:H14
    header_of(TABLE): Area("Main", 11, 7, 1, 2),  # G11:H11
    FOUND: Area("Main", 17, 3, 1, 2),  # C17:D17
    MAYBE: Area("Main", 40, 3, 3, 2),  # C40:D42
    FAR: Area("Bob's", 5, 3, 2, 3),  # C5:E6
    FAR_t: Area("Bob's", 3, 2, 1, 1),  # B3
    FAR_WORDS: Area("Bob's", 8, 2, 2, 1),  # B8:B9
}


def formulas(step: Step, *where: Any, **manner: Any) -> list[Formula]:
    """The formulas of a step, all of them, with whatever is refused."""
    return list(formula.formulas(step, *where, **manner))


def printed(
    expression: Matrix, *, filled: bool = False, array: bool = False, reads: tuple[Matrix, ...] = ()
) -> list[Formula]:
    """The formulas of a step at C20; ``reads`` are the other steps that are arrays."""
    step = Step("Result", expression)
    return formulas(
        step,
        PLACES | {step: Area("Main", 20, 3, *step.shape)},
        frozenset({"Main"} if filled else ()),
        frozenset({step, *reads} if array else ()),
    )


def made(expression: Matrix) -> Formula:
    """The formula of a step that has one for all its cells."""
    (formula,) = printed(expression)
    return formula


def first_of(found: list[Formula]) -> str:
    """The first cell's formula, as a spreadsheet shows it."""
    return found[0].shown


def last_of(found: list[Formula]) -> str:
    """The last cell's formula, after filling down and to the right."""
    formula = found[-1]
    return "=" + formula.at(formula.area.rows - 1, formula.area.columns - 1)


def shown(expression: Matrix) -> str:
    """The first cell's formula, which is an ordinary one."""
    found = printed(expression)
    assert not any(formula.array or formula.each for formula in found)
    return first_of(found)


def last(expression: Matrix) -> str:
    """The last cell's formula."""
    return last_of(printed(expression))


def refused(expression: Matrix) -> str:
    """The message of the error that printing the expression raises."""
    with pytest.raises(FormulaError) as caught:
        printed(expression)
    return str(caught.value)


def plain(expression: Matrix) -> list[Formula]:
    """The formulas of the same step on a sheet that is filled to the right."""
    return printed(expression, filled=True)


def array(expression: Matrix) -> Formula:
    """The formula of the same step where it is an array."""
    (formula,) = printed(expression, array=True)
    return formula
