"""The pieces of a formula: how references move as it is filled, and what is too long."""

import re

import numpy as np
import pytest
from printing import (
    COLUMN,
    FAR,
    PLACES,
    ROW,
    SQUARE,
    TABLE,
    A,
    B,
    formulas,
    made,
    printed,
    refused,
    shown,
    t,
)

from xlsxattn.a1 import Area
from xlsxattn.errors import FormulaError
from xlsxattn.expression import Elementwise, Entry, Input, Numbering, Step, Text
from xlsxattn.formula import Formula, Reference
from xlsxattn.functions import exp, row_max, where

# --- references -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        (Reference("", 5, 3), "D7"),
        (Reference("'S'!", 5, 3, "", "column", row_sign="$"), "'S'!D$5"),
        (Reference("", 5, 3, "row", "", column_sign="$"), "$C7"),
        (Reference("", 5, 26, "", "", "$", "$"), "$Z$5"),
        (Reference("", 5, 3, "", ""), "C5"),  # on a sheet that is filled to the right
        (Reference("", 5, 3, "column", "row", "$", "$"), "$E$6"),  # of a transposed matrix
        (Reference("", 5, 3, "column", ""), "C6"),
        (Reference("", 5, 26, "", "row"), "AB5"),
    ],
)
def test_reference(reference, text):
    """Row and column each move down, to the right or not at all; signs are only shown."""
    assert reference.at(2, 1) == text


def test_reference_in_a_row():
    """For a block further down, what moved down has moved; a column moves down no more."""
    turned = Reference("", 5, 3, "column", "row", "$", "$")
    assert turned.in_row(2) == Reference("", 5, 5, "column", "", "$", "$")
    straight = Reference("", 5, 3, "row", "column")
    assert straight.in_row(2) == Reference("", 7, 3, "row", "column")
    for one in (turned, straight):
        assert [one.in_row(2).at(0, c) for c in range(3)] == [one.at(2, c) for c in range(3)]


def test_by_rows():
    """A formula whose columns move down is one for each row, with the same texts in each cell."""
    whole = Formula(
        Area("Main", 20, 3, 3, 2),
        ("SUM(", Reference("", 5, 3, "", "row"), ")*", Reference("", 9, 3)),
    )
    rows = whole.by_rows()
    assert [formula.area.relative for formula in rows] == ["C20:D20", "C21:D21", "C22:D22"]
    assert [[f.at(0, c) for c in range(2)] for f in rows] == [
        [whole.at(row, column) for column in range(2)] for row in range(3)
    ]
    assert rows[2].at(0, 1) == "SUM(E5)*D11"


def test_by_rows_only_where_columns_move_down():
    """Rows that move to the right need no formula of their own for each row."""
    area = Area("Main", 20, 3, 3, 2)
    assert len(Formula(area, (Reference("", 5, 3, "column", ""),)).by_rows()) == 1
    assert len(Formula(area, (Reference("", 5, 3, "row", "column"),)).by_rows()) == 1
    one_row = Formula(area.part(0, 0, 1, 2), (Reference("", 5, 3, "column", "row"),))
    assert one_row.by_rows() == [one_row]


@pytest.mark.parametrize(
    ("array", "each", "text"),
    [(False, False, "=C5"), (True, False, "{=C5}"), (False, True, "{=C5}")],
)
def test_shown(array, each, text):
    """Array formulas are shown in braces, of a whole block or of every cell."""
    formula = Formula(Area("S", 1, 1, 2, 2), (Reference("", 5, 3),), array, each)
    assert formula.shown == text


# --- a row at once --------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        A + B * ROW - COLUMN / t, A + FAR, A - row_max(FAR), Numbering("column", A) * ROW,
        A @ SQUARE, A @ B.T, FAR @ SQUARE, SQUARE @ FAR.T, ROW @ SQUARE,
        A.T @ B, TABLE.T @ A.T, A.T, SQUARE + ROW.T, row_max(A.T), COLUMN @ COLUMN.T,
    ],
)  # fmt: skip
def test_row_texts(expression):
    """A row's formulas, made together, are those made one at a time."""
    for formula in printed(expression):
        for row in range(formula.area.rows):
            expected = [formula.at(row, column) for column in range(formula.area.columns)]
            assert list(formula.row_texts(row)) == expected


def test_row_texts_with_marks():
    """What spells row numbers gets those that move, and only those."""
    formula = made(A + B * ROW - COLUMN / t)
    marked = list(formula.row_texts(0, "<{}>".format))
    for row in range(formula.area.rows):
        texts = [re.sub("<(.*?)>", lambda m, row=row: str(int(m[1]) + row), t) for t in marked]
        assert texts == list(formula.row_texts(row))
    fixed = made(A + ROW + t)
    assert next(iter(fixed.row_texts(0, "<{}>".format))).count("<") == 1


def test_row_texts_with_percent_signs():
    """A sheet or a text with a percent sign is written as it is."""
    percent = Input("P", np.ones((2, 2)))
    step = Step("Result", where(percent.equal(Text("5%s")), percent, 0))
    places = {percent: Area("100%s", 1, 1, 2, 2), step: Area("Main", 1, 1, 2, 2)}
    (formula,) = formulas(step, places)
    assert list(formula.row_texts(1)) == [
        "IF('100%s'!A2=\"5%s\",'100%s'!A2,0)",
        "IF('100%s'!B2=\"5%s\",'100%s'!B2,0)",
    ]


# --- limits ---------------------------------------------------------------------------


def test_excel_limits():
    """Excel takes 64 levels, 255 operands and 255 characters of a text; the message says which."""
    nested = t
    for _ in range(64):
        nested = Elementwise("sin", nested)
    assert shown(nested).count("SIN(") == 64
    assert "at most 64 parentheses" in refused(Elementwise("sin", nested))
    many = [t] * 255
    assert shown(Elementwise("maximum", *many)).count("t") == 255
    assert "at most 255 operands" in refused(Elementwise("maximum", *many, t))
    word = Entry(TABLE, "w" * 255, 0)
    assert "w" * 255 in shown(word)
    assert "at most 255 characters" in refused(Entry(TABLE, "w" * 256, 0))
    quotes = Entry(TABLE, '"' * 255, 0)  # doubled in the formula, but not counted twice
    assert '""' * 255 in shown(quotes)
    brackets = Entry(TABLE, "(," * 100, 0)  # no parentheses of the formula
    assert "(," * 100 in shown(brackets)


def test_formula_length():
    """A formula has at most 8,192 characters; the message names the step."""
    step = Step("Long", A + Input("n" * 200, 1.0))
    scalar = step.expression.operands[1]
    places = PLACES | {scalar: Area("Main", 1, 1, 1, 1), step: Area("Main", 20, 3, 2, 3)}
    (formula,) = formulas(step, places)
    assert len(formula.shown) == len("=C5+") + 200

    def sum_of(count):
        node = A
        for _ in range(count):
            node = node + scalar
        long = Step("Long", node)
        return formulas(long, places | {long: Area("Main", 20, 3, 2, 3)})

    assert len(sum_of(40)[0].shown) == len("=C5") + 40 * 201

    def of_length(length):
        name = Input("n" * (length - len("=EXP()")), 1.0)
        step = Step("Exact", exp(name))
        return formulas(step, {name: Area("S", 1, 1, 1, 1), step: Area("S", 2, 1, 1, 1)})

    assert len(of_length(8192)[0].shown) == 8192
    with pytest.raises(FormulaError, match="at most 8192 characters, got 8193;"):
        of_length(8193)
    with pytest.raises(FormulaError) as caught:
        sum_of(41)
    assert str(caught.value) == (
        "Long: expected a formula of at most 8192 characters, got 8244; "
        "name some of its parts as steps of their own"
    )
