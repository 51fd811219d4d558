"""Array formulas of large workbooks: over whole blocks, and one in each cell where those fail."""

import numpy as np
import pytest
from printing import (
    COLUMN,
    FAR,
    PLACES,
    ROW,
    SQUARE,
    TABLE,
    WORDS,
    A,
    B,
    array,
    formulas,
    last_of,
    printed,
    t,
)

from xlsxattn.a1 import Area
from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Input,
    Joined,
    Lookup,
    Number,
    Numbering,
    Recurrence,
    Reduction,
    Slice,
    Step,
    Verdict,
    Words,
)
from xlsxattn.formula.forms import has_block_form
from xlsxattn.functions import exp, row_max, row_sum, sqrt, total, where


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (A @ SQUARE, "MMULT(A,Square)"),
        (A @ B.T, "MMULT(A,TRANSPOSE(B))"),
        (A.T @ B, "MMULT(TRANSPOSE(A),B)"),
        (COLUMN @ ROW, "MMULT(Column,Row)"),
        (A @ SQUARE @ SQUARE, "MMULT(MMULT(A,Square),Square)"),
        (A @ (SQUARE @ SQUARE), "MMULT(A,MMULT(Square,Square))"),
        (A @ (SQUARE * 2), "MMULT(A,Square*2)"),
        (A.T, "TRANSPOSE(A)"),
        (
            A @ B.T + t.T,
            "MMULT(A,TRANSPOSE(B))+t",
        ),  # IronCalc fills one cell
        ((A @ B.T).T, "TRANSPOSE(MMULT(A,TRANSPOSE(B)))"),
        (A @ B.T / sqrt(t), "MMULT(A,TRANSPOSE(B))/SQRT(t)"),
        (exp(A @ SQUARE - ROW), "EXP(MMULT(A,Square)-Row)"),
        (A + COLUMN * ROW - t, "A+Column*Row-t"),
        (-(A @ SQUARE), "-MMULT(A,Square)"),
        (A.less(B), "--(A<B)"),
        (A / sqrt(ColumnCount(A)), "A/SQRT(COLUMNS(A))"),
        (FAR @ SQUARE, "MMULT('Bob''s'!$C$5:$E$6,Square)"),
        (Slice(A, range(2), range(2)) @ TABLE.T, "MMULT($C$5:$D$6,TRANSPOSE(Table))"),
        (Slice(Slice(A, range(1, 2), range(3)), range(1), range(1, 3)) * 2, "$D$6:$E$6*2"),
        (where(A.greater(0), A @ SQUARE, 0), "IF(A>0,MMULT(A,Square),0)"),
        (where(t, A @ SQUARE, A), "IF(t,MMULT(A,Square),A)"),
    ],
)
def test_blocks(expression, formula):
    """One formula over the whole block; operands stand for all their cells."""
    found = array(expression)
    assert (found.array, found.each) == (True, False)
    assert found.area == Area("Main", 20, 3, *expression.shape)
    assert found.shown == f"{{={formula}}}"


@pytest.mark.parametrize(
    ("expression", "first", "final"),
    [
        # a reduction, a numbering, a lookup: one cell's formula, as ever
        (row_sum(A), "SUM(C5:E5)", "SUM(C6:E6)"),
        (row_sum(A.T), "SUM(C$5:C$6)", "SUM(E$5:E$6)"),
        (A / row_sum(A), "C5/SUM($C5:$E5)", "E6/SUM($C6:$E6)"),
        (total(A * B), "SUMPRODUCT(A,B)", "SUMPRODUCT(A,B)"),
        (ROW @ ROW.T, "SUMPRODUCT(C9:E9,C9:E9)", "SUMPRODUCT(C9:E9,C9:E9)"),
        (Lookup(WORDS, WORDS, TABLE), "INDEX(G$12:G$14,MATCH($B12,Words,0))",
         "INDEX(H$12:H$14,MATCH($B14,Words,0))"),
        (Numbering("row", A), "ROWS($C$5:$C5)", "ROWS($C$5:$C6)"),
        (Slice(A.T, range(1, 3), range(2)), "$D$5", "$E$6"),
        # MAX of ranges is one number, and engines differ about the shape of a condition
        (Elementwise("maximum", A, 0), "MAX(C5,0)", "MAX(E6,0)"),
        (where(ROW, A @ SQUARE, A), "IF(C$9,MMULT($C5:$E5,C$12:C$14),C5)",
         "IF(E$9,MMULT($C6:$E6,E$12:E$14),E6)"),
        (where(COLUMN, A, B), "IF($K5,C5,G5)", "IF($K6,E6,I6)"),
        (Elementwise("and", A.less(1), B.less(1)), "--(AND(C5<1,G5<1))", "--(AND(E6<1,I6<1))"),
        (
            Verdict(t.greater(1)),
            'IFERROR(IF(t>1,"✓","✗"),"–")',
            'IFERROR(IF(t>1,"✓","✗"),"–")',
        ),
    ],
)  # fmt: skip
def test_each(expression, first, final):
    """What has no block form is an array formula in every cell, for it may read an array."""
    found = printed(expression, array=True)
    assert all(formula.each and not formula.array for formula in found)
    assert found[0].shown == f"{{={first}}}"
    assert last_of(found) == f"={final}"


def test_long_search():
    """Where many words are looked up in a long list, the lookup is a product of one-hot rows."""
    keys = Words("Keys", tuple(f"w{number}" for number in range(2000)))
    table = Input("Vectors", np.ones((2000, 2)), keys)
    sought = Words("Sought", tuple(f"w{number}" for number in range(51)))
    step = Step("Rows", Lookup(sought, keys, table))
    places = {
        keys: Area("Main", 1, 1, 2000, 1), table: Area("Main", 1, 2, 2000, 2),
        sought: Area("Main", 1, 5, 51, 1), step: Area("Main", 1, 6, 51, 2),
    }  # fmt: skip
    (formula,) = formulas(step, places, arrays=frozenset({step}))
    assert formula.shown == "{=MMULT(--(Sought=TRANSPOSE(Keys)),Vectors)}"
    (formula,) = formulas(step, places)
    assert formula.shown == "=INDEX(B$1:B$2000,MATCH($E1,Keys,0))"


def test_numbering_beside_an_array():
    """A numbering counts on in the margin, for its own matrix may be an array."""
    found = printed(Numbering("row", A), array=True, reads=(A,))
    assert found[0].shown == "{=ROWS($A$20:$A20)}"
    assert last_of(found) == "=ROWS($A$20:$A21)"
    found = printed(Numbering("column", A), array=True, reads=(A,))
    assert found[0].shown == "{=COLUMNS($C$1:C$1)}"
    assert last_of(found) == "=COLUMNS($C$1:E$1)"


def test_recurrence():
    """A state is one array a row."""
    W = Input("W", np.ones((2, 2)))
    step = Step("States", Recurrence(A, W, TABLE))
    places = PLACES | {W: Area("Main", 16, 3, 2, 2), step: Area("Main", 20, 3, 2, 2)}
    found = formulas(step, places, arrays=frozenset({step}))
    assert [(formula.area.relative, formula.shown) for formula in found] == [
        ("C20:D20", "{=TANH(MMULT($C$5:$E$5,Table))}"),
        ("C21:D21", "{=TANH(MMULT($C$20:$D$20,W)+MMULT($C$6:$E$6,Table))}"),
    ]


def test_reductions_of_a_row():
    """Of one row, a maximum and a sum are numbers that spread over it; of more, they are not."""
    row = Slice(SQUARE, range(1), range(3))
    powers = exp(row - row_max(row))
    inner = "EXP($C$12:$E$12-MAX($C$12:$E$12))"
    assert array(powers / row_sum(powers)).shown == f"{{={inner}/SUM({inner})}}"
    assert has_block_form(powers / row_sum(powers))
    assert not has_block_form(SQUARE - row_max(SQUARE))


def test_reduction_in_one_cell():
    """A sum of what has no cells is an array even in one cell; a sum of cells stays as it is."""
    first = Slice(SQUARE, range(1), range(1))
    assert array(row_sum(exp(first))).array
    assert array(row_sum(A[0])).each


def test_constants_are_ordinary():
    """Nothing behind an array can change a number."""
    number = array(Elementwise("divide", Number(-1e30, (1, 3)), sqrt(Number(2))))
    assert (number.array, number.each, number.at()) == (False, False, "-1E+30/SQRT(2)")


def test_joined():
    """Each part of a table has the form that it can have."""
    step = Step("Both", Joined("rows", [A @ SQUARE, Reduction("max", "column", A)]))
    places = PLACES | {step: Area("Main", 20, 3, 3, 3)}
    found = formulas(step, places, arrays=frozenset({step}))
    assert [(f.area.relative, f.shown, f.array, f.each) for f in found] == [
        ("C20:E21", "{=MMULT(A,Square)}", True, False),
        ("C22:E22", "{=MAX(C5:C6)}", False, True),
    ]


def test_plain_arrays():
    """On a sheet that is filled to the right there are neither names nor signs."""
    (formula,) = printed(A @ B.T / sqrt(t), filled=True, array=True)
    assert formula.shown == "{=MMULT(C5:E6,TRANSPOSE(G5:I6))/SQRT(B3)}"
    (formula,) = printed(FAR @ SQUARE, filled=True, array=True)
    assert formula.shown == "{=MMULT('Bob''s'!$C$5:$E$6,C12:E14)}"
