"""A node as Excel text: the exact formula of each kind of node, then random ones computed."""

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xlsxattn.a1 import Area, address
from xlsxattn.engines import ironcalc
from xlsxattn.errors import FormulaError
from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Entry,
    Input,
    Joined,
    LargestLabel,
    Lookup,
    Matrix,
    Number,
    Numbering,
    Recurrence,
    Reduction,
    Slice,
    Step,
    Text,
    Texts,
    Verdict,
    Words,
)
from xlsxattn.formula import Formula, Reference, formulas, is_elementwise
from xlsxattn.functions import exp, ln, row_max, row_sum, sqrt, tanh, total, where
from xlsxattn.layout import Layout, Run, Sheet
from xlsxattn.style import Role
from xlsxattn.writer import save

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

PLACES = {
    t: Area("Main", 3, 2, 1, 1),  # B3
    A: Area("Main", 5, 3, 2, 3),  # C5:E6
    B: Area("Main", 5, 7, 2, 3),  # G5:I6
    COLUMN: Area("Main", 5, 11, 2, 1),  # K5:K6
    ROW: Area("Main", 9, 3, 1, 3),  # C9:E9
    WORDS: Area("Main", 12, 2, 3, 1),  # B12:B14
    SQUARE: Area("Main", 12, 3, 3, 3),  # C12:E14
    TABLE: Area("Main", 12, 7, 3, 2),  # G12:H14
    FAR: Area("Bob's", 5, 3, 2, 3),  # C5:E6
    FAR_t: Area("Bob's", 3, 2, 1, 1),  # B3
    FAR_WORDS: Area("Bob's", 8, 2, 2, 1),  # B8:B9
}


def made(expression: Matrix) -> Formula:
    """The formula of a step at C20 that has one."""
    step = Step("Result", expression)
    (formula,) = formulas(step, PLACES | {step: Area("Main", 20, 3, *step.shape)})
    return formula


def shown(expression: Matrix) -> str:
    """The first cell's formula, as a spreadsheet shows it."""
    return made(expression).shown


def last(expression: Matrix) -> str:
    """The last cell's formula, after filling down and to the right."""
    formula = made(expression)
    assert not formula.array
    return "=" + formula.at(formula.area.rows - 1, formula.area.columns - 1)


def refused(expression: Matrix) -> str:
    """The message of the error that printing the expression raises."""
    with pytest.raises(FormulaError) as caught:
        made(expression)
    return str(caught.value)


def plain(expression: Matrix) -> Formula:
    """The formula of the same step on a sheet that is filled to the right."""
    step = Step("Result", expression)
    places = PLACES | {step: Area("Main", 20, 3, *step.shape)}
    (formula,) = formulas(step, places, frozenset({"Main"}))
    return formula


# --- products and transposes ----------------------------------------------------------


def test_product():
    """A product is one array formula over names."""
    assert shown(A @ SQUARE) == "{=MMULT(A,Square)}"
    assert shown(A @ SQUARE @ SQUARE) == "{=MMULT(MMULT(A,Square),Square)}"
    assert shown(A @ (SQUARE @ SQUARE)) == "{=MMULT(A,MMULT(Square,Square))}"
    assert shown(A @ (SQUARE * 2)) == "{=MMULT(A,Square*2)}"


def test_transpose():
    """A transpose is an array function, wherever it stands."""
    assert shown(A.T) == "{=TRANSPOSE(A)}"
    assert shown(A @ B.T) == "{=MMULT(A,TRANSPOSE(B))}"
    assert shown((A @ B.T).T) == "{=TRANSPOSE(MMULT(A,TRANSPOSE(B)))}"


def test_elementwise_around_a_product():
    """What is elementwise on a product becomes part of its array formula."""
    assert shown(A @ B.T / sqrt(t)) == "{=MMULT(A,TRANSPOSE(B))/SQRT(t)}"
    assert shown(exp(A @ SQUARE - ROW)) == "{=EXP(MMULT(A,Square)-Row)}"
    assert shown(-(A @ SQUARE)) == "{=-MMULT(A,Square)}"


# --- operators ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (A + B, "=C5+G5"),
        (A - B, "=C5-G5"),
        (A * B, "=C5*G5"),
        (A / B, "=C5/G5"),
        (A**B, "=C5^G5"),
        (-A, "=-C5"),
        (2 - A, "=2-C5"),
        (1 / A, "=1/C5"),
    ],
)
def test_operators(expression, formula):
    """Each operator stands between the cells of its operands."""
    assert shown(expression) == formula


@pytest.mark.parametrize(
    ("operation", "symbol"),
    [
        ("less", "<"),
        ("less_equal", "<="),
        ("equal", "="),
        ("not_equal", "<>"),
        ("greater_equal", ">="),
        ("greater", ">"),
    ],
)
def test_comparisons(operation, symbol):
    """A step that is a comparison shows 1 and 0, not TRUE and FALSE."""
    assert shown(getattr(A, operation)(B)) == f"=--(C5{symbol}G5)"


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (A + B + t, "=C5+G5+t"),
        (A + (B + t), "=C5+(G5+t)"),
        (A - B - t, "=C5-G5-t"),
        (A - (B - t), "=C5-(G5-t)"),
        (A - (B + t), "=C5-(G5+t)"),
        (A * B / t, "=C5*G5/t"),
        (A / (B * t), "=C5/(G5*t)"),
        (A / (B / t), "=C5/(G5/t)"),
        (A * (B / t), "=C5*(G5/t)"),
        (A + B * t, "=C5+G5*t"),
        ((A + B) * t, "=(C5+G5)*t"),
        (t * (A - B), "=t*(C5-G5)"),
        (A * B + t, "=C5*G5+t"),
    ],
)
def test_precedence_of_sums_and_terms(expression, formula):
    """Parentheses stand where reading from left to right would change the result."""
    assert shown(expression) == formula


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (A**2, "=C5^2"),
        (A * B**2, "=C5*G5^2"),
        ((A * B) ** 2, "=(C5*G5)^2"),
        ((A**B) ** t, "=(C5^G5)^t"),
        (A ** (B**t), "=C5^(G5^t)"),
        (2 ** (A + 1), "=2^(C5+1)"),
        (2 ** (A / B), "=2^(C5/G5)"),
        (exp(A) ** 2, "=EXP(C5)^2"),
    ],
)
def test_precedence_of_powers(expression, formula):
    """Powers of powers have parentheses on both sides: engines differ in the order."""
    assert shown(expression) == formula


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (-A + B, "=-C5+G5"),
        (-A * B, "=-C5*G5"),
        (-(A + B), "=-(C5+G5)"),
        (-(A * B), "=-(C5*G5)"),
        (-(A**2), "=-(C5^2)"),
        ((-A) ** 2, "=(-C5)^2"),
        (A**-2, "=C5^-2"),
        (Number(-2) ** A, "=(-2)^C5"),
        (A * -B, "=C5*-G5"),
        (A - -B, "=C5--G5"),
        (A + Number(-2), "=C5+-2"),
        (-Elementwise("negate", A), "=-(-C5)"),
        (-Number(-2) + A, "=-(-2)+C5"),
    ],
)
def test_precedence_of_signs(expression, formula):
    """Excel binds a sign tighter than a power, mathematics does not: both get parentheses."""
    assert shown(expression) == formula


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (A.less(B + t), "=--(C5<G5+t)"),
        (A.less(B) * t, "=(C5<G5)*t"),
        (1 - A.less(B), "=1-(C5<G5)"),
        (A.less(B) + A.greater(t), "=(C5<G5)+(C5>t)"),
        (-A.less(B), "=-(C5<G5)"),
    ],
)
def test_precedence_of_comparisons(expression, formula):
    """A comparison binds loosest."""
    assert shown(expression) == formula


# --- functions ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (exp(A), "=EXP(C5)"),
        (ln(A), "=LN(C5)"),
        (sqrt(A), "=SQRT(C5)"),
        (tanh(A), "=TANH(C5)"),
        (Elementwise("sin", A), "=SIN(C5)"),
        (Elementwise("cos", A), "=COS(C5)"),
        (Elementwise("abs", A - B), "=ABS(C5-G5)"),
        (exp(A - COLUMN), "=EXP(C5-$K5)"),
    ],
)
def test_functions(expression, formula):
    """A function takes an expression without parentheses of its own."""
    assert shown(expression) == formula


def test_maximum():
    """The largest of several is MAX, cell by cell."""
    assert shown(Elementwise("maximum", A, B, t)) == "=MAX(C5,G5,t)"


def test_minimum():
    """The smallest of several is MIN, cell by cell."""
    assert shown(Elementwise("minimum", A, ROW)) == "=MIN(C5,C$9)"


def test_and():
    """Several conditions become one number."""
    both = Elementwise("and", t.less(1), total(A).greater(2))
    assert shown(both) == "=--(AND(t<1,SUM(A)>2))"
    assert shown(where(both, A, 0)) == "=IF(AND(t<1,SUM(A)>2),C5,0)"


def test_where():
    """A choice is IF; its condition needs no comparison with 0."""
    assert shown(where(A.less_equal(B), A, 0)) == "=IF(C5<=G5,C5,0)"
    assert shown(where(t.equal(1), A, B)) == "=IF(t=1,C5,G5)"
    assert shown(where(A, where(B, 1, 2), -1e30)) == "=IF(C5,IF(G5,1,2),-1E+30)"


def test_where_in_an_array():
    """Beside a product, the condition is of full shape or a scalar."""
    assert shown(where(A.greater(0), A @ SQUARE, 0)) == "{=IF(A>0,MMULT(A,Square),0)}"
    assert shown(where(t, A @ SQUARE, A)) == "{=IF(t,MMULT(A,Square),A)}"


# --- reductions -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "function"),
    [("sum", "SUM"), ("max", "MAX"), ("min", "MIN"), ("mean", "AVERAGE")],
)
def test_reductions(operation, function):
    """Along a row or a column of cells, or over a name."""
    assert shown(Reduction(operation, "row", A)) == f"={function}(C5:E5)"
    assert last(Reduction(operation, "row", A)) == f"={function}(C6:E6)"
    assert shown(Reduction(operation, "column", A)) == f"={function}(C5:C6)"
    assert last(Reduction(operation, "column", A)) == f"={function}(E5:E6)"
    assert shown(Reduction(operation, "all", A)) == f"={function}(A)"


def test_reductions_inside_a_block():
    """In a block a row's reduction keeps its columns, a column's its rows."""
    assert shown(A - row_max(A)) == "=C5-MAX($C5:$E5)"
    assert last(A - row_max(A)) == "=E6-MAX($C6:$E6)"
    assert shown(A / Reduction("sum", "column", A)) == "=C5/SUM(C$5:C$6)"
    assert last(A / Reduction("sum", "column", A)) == "=E6/SUM(E$5:E$6)"
    assert shown(A / total(A)) == "=C5/SUM(A)"


def test_reductions_to_one_cell():
    """The only row, or the only column, is reduced as a whole."""
    assert shown(row_sum(ROW)) == "=SUM(Row)"
    assert shown(Reduction("max", "column", COLUMN)) == "=MAX(Column)"


def test_reductions_of_expressions():
    """Over all elements of an expression, an array formula with one result."""
    assert shown(total(exp(A))) == "{=SUM(EXP(A))}"
    assert shown(Reduction("max", "all", Elementwise("abs", A - B))) == "{=MAX(ABS(A-B))}"
    assert shown(Reduction("mean", "all", A @ SQUARE)) == "{=AVERAGE(MMULT(A,Square))}"


def test_reduction_of_a_comparison():
    """SUM passes over TRUE, so that conditions are counted as numbers."""
    assert shown(total(A.less(B))) == "{=SUM(--(A<B))}"


def test_dot_products():
    """A sum of products of two ranges is SUMPRODUCT, which needs no array formula."""
    assert shown(total(A * B)) == "=SUMPRODUCT(A,B)"
    assert shown(row_sum(A * B)) == "=SUMPRODUCT(C5:E5,G5:I5)"
    assert shown(Reduction("sum", "column", A * B)) == "=SUMPRODUCT(C5:C6,G5:G6)"
    assert shown(A / row_sum(A * A)) == "=C5/SUMPRODUCT($C5:$E5,$C5:$E5)"
    assert shown(row_sum(ROW * ROW)) == "=SUMPRODUCT(Row,Row)"


def test_sum_of_a_broadcast_product_is_no_dot_product():
    """SUMPRODUCT wants ranges of one size, so that broadcasting goes through SUM."""
    assert shown(total(A * ROW)) == "{=SUM(A*Row)}"


# --- lookups, entries, slices ---------------------------------------------------------


def test_lookup():
    """Each cell finds its word; INDEX has a column that moves to the right."""
    sought = Words("Sought", ("mouse", "cat"))
    step = Step("Found", Lookup(sought, WORDS, TABLE))
    places = PLACES | {sought: Area("Main", 20, 2, 2, 1), step: Area("Main", 20, 3, 2, 2)}
    (formula,) = formulas(step, places)
    assert formula.shown == "=INDEX(G$12:G$14,MATCH($B20,Words,0))"
    assert formula.at(1, 1) == "INDEX(H$12:H$14,MATCH($B21,Words,0))"


def test_optional_lookup():
    """A word that may be absent shows a dash where it is."""
    found = Lookup(Text("mouse"), WORDS, TABLE, strict=False)
    assert shown(found) == ('=IFERROR(INDEX(G$12:G$14,MATCH("mouse",Words,0)),"–")')


def test_lookup_of_one_word():
    """A table of one row is one cell for each column, of which Gnumeric takes no entry."""
    one = Words("One", ("cat",))
    row, cell = Input("Only", np.ones((1, 2)), one), Input("Cell", [[1.0]], one, one)
    places = PLACES | {
        one: Area("Main", 30, 2, 1, 1),
        row: Area("Main", 30, 3, 1, 2),
        cell: Area("Main", 32, 3, 1, 1),
    }

    def printed(expression):
        step = Step("Found", expression)
        (formula,) = formulas(step, places | {step: Area("Main", 40, 3, *step.shape)})
        return formula.shown

    found = Lookup(Text("cat"), one, row, strict=False)
    assert printed(found) == '=IFERROR(IF("cat"=One,C$30,NA()),"–")'
    both = 'IF(AND("cat"=One,"cat"=One),Cell,NA())'
    assert printed(Entry(cell, "cat", "cat")) == f'=IFERROR({both},"–")'
    assert printed(Entry(cell, 0, "cat")) == '=IFERROR(IF("cat"=One,Cell,NA()),"–")'


def test_lookup_in_a_product():
    """An array formula would add the rows of a word that stands twice: name the row first."""
    sought = Words("Sought", ("mouse", "cat"))
    step = Step("Found", Lookup(sought, WORDS, TABLE) @ COLUMN)
    places = PLACES | {sought: Area("Main", 20, 2, 2, 1), step: Area("Main", 20, 3, 2, 1)}
    with pytest.raises(FormulaError, match=r"Table.*name it as a step"):
        formulas(step, places)


def test_step_of_one_entry():
    """A step that is nothing but an entry shows a dash where its word is absent."""
    found = 'INDEX(Table,MATCH("cat",Words,0),1)'
    assert shown(Entry(TABLE, "cat", 0)) == f'=IFERROR({found},"–")'


def test_guards_of_reductions():
    """SUM passes over a dash, so the cells that it reads are counted first."""
    step = Step("Maybe", Lookup(WORDS, WORDS, TABLE, strict=False))
    places = PLACES | {step: Area("Main", 40, 3, 3, 2)}
    total = Step("Total", Reduction("sum", "all", step))
    (formula,) = formulas(total, places | {total: Area("Main", 50, 3, 1, 1)})
    assert formula.shown == '=IF(COUNT(Maybe)=6,SUM(Maybe),"–")'
    rows = Step("Rows", Reduction("sum", "row", step))
    (formula,) = formulas(rows, places | {rows: Area("Main", 50, 3, 3, 1)})
    assert formula.shown == '=IF(COUNT(C40:D40)=2,SUM(C40:D40),"–")'


def test_nested_comparisons():
    """A truth value counts as 1 wherever a number is expected."""
    assert shown(A.less(1).equal(1)) == "=--(--(C5<1)=1)"
    assert shown(where(A.less(1), A.less(2), A)) == "=IF(C5<1,--(C5<2),C5)"


def test_entry():
    """One element, its row and column found by word or counted from 1."""
    assert shown(Entry(A, 1, 2)) == "=INDEX(A,2,3)"
    found = 'INDEX(Square,MATCH("cat",Words,0),MATCH("and",Words,0))'
    assert shown(Entry(SQUARE, "cat", "and") + t) == f'=IF(ISNUMBER({found}),{found}+t,"–")'
    found = 'INDEX(Table,MATCH("say ""hi""",Words,0),1)'
    assert shown(Entry(TABLE, 'say "hi"', 0) + t) == f'=IF(ISNUMBER({found}),{found}+t,"–")'


def test_slice():
    """A part of a placed matrix is the cells themselves."""
    assert shown(Slice(A, range(2), range(1, 3))) == "=D5"
    assert last(Slice(A, range(2), range(1, 3))) == "=E6"
    assert shown(Slice(A, range(1, 2), range(2, 3))) == "=$E$6"
    assert shown(Slice(A, range(2), range(1, 2)) + B) == "=$D5+G5"
    assert shown(Slice(A, range(1, 2), range(3)) + B) == "=C$6+G5"
    assert shown(row_sum(Slice(A, range(2), range(2)))) == "=SUM(C5:D5)"
    assert shown(total(Slice(A, range(2), range(2)))) == "=SUM($C$5:$D$6)"
    assert shown(Slice(A, range(2), range(2)) @ TABLE.T) == "{=MMULT($C$5:$D$6,TRANSPOSE(Table))}"


def test_slice_of_a_slice():
    """A part of a part is still cells."""
    inner = Slice(Slice(A, range(1, 2), range(3)), range(1), range(1, 3))
    assert shown(total(inner)) == "{=SUM($D$6:$E$6)}"


def test_numbering():
    """Numbers count on as the formula is filled."""
    assert shown(Numbering("row", A)) == "=ROWS($C$5:$C5)"
    assert last(Numbering("row", A)) == "=ROWS($C$5:$C6)"
    assert shown(Numbering("column", A)) == "=COLUMNS($C$5:C$5)"
    assert last(Numbering("column", A)) == "=COLUMNS($C$5:E$5)"
    assert last(Numbering("column", A).less_equal(Numbering("row", A))) == (
        "=--(COLUMNS($C$5:E$5)<=ROWS($C$5:$C6))"
    )


def test_column_count():
    """The d of √d is counted, not typed."""
    assert shown(ColumnCount(A)) == "=COLUMNS(A)"
    assert shown(A / sqrt(ColumnCount(A))) == "=C5/SQRT(COLUMNS(A))"


def test_largest_label():
    """The label stands in the header, where the row's largest number does."""
    step = Step("Result", LargestLabel(TABLE))
    header = Area("Main", 11, 7, 1, 2)
    places = PLACES | {TABLE.header: header, step: Area("Main", 20, 3, 3, 1)}
    (formula,) = formulas(step, places)
    assert formula.shown == "=INDEX($G$11:$H$11,1,MATCH(MAX(G12:H12),G12:H12,0))"
    assert formula.at(2, 0) == "INDEX($G$11:$H$11,1,MATCH(MAX(G14:H14),G14:H14,0))"


def test_recurrence():
    """One array formula a row; each but the first reads the row above it."""
    W = Input("W", np.ones((2, 2)))
    step = Step("States", Recurrence(A, W, TABLE))
    area = Area("Main", 20, 3, 2, 2)
    found = formulas(step, PLACES | {W: Area("Main", 16, 3, 2, 2), step: area})
    assert [(formula.area.relative, formula.shown) for formula in found] == [
        ("C20:D20", "{=TANH(MMULT(C5:E5,Table))}"),
        ("C21:D21", "{=TANH(MMULT(C20:D20,W)+MMULT(C6:E6,Table))}"),
    ]


# --- joined steps ---------------------------------------------------------------------


def joined(direction: str, parts: list[Matrix]) -> list[tuple[str, str]]:
    """Where the formulas of a joined step stand, and what they are."""
    step = Step("Both", Joined(direction, parts))
    made_ = formulas(step, PLACES | {step: Area("Main", 20, 3, *step.shape)})
    return [(formula.area.relative, formula.shown) for formula in made_]


def test_joined():
    """Each part has a formula of its own, over its own cells."""
    assert joined("columns", [A + 1, A @ SQUARE]) == [
        ("C20:E21", "=C5+1"),
        ("F20:H21", "{=MMULT(A,Square)}"),
    ]
    assert joined("rows", [A, ROW * 2]) == [("C20:E21", "=C5"), ("C22:E22", "=C9*2")]


def test_joined_parts_that_stand_there():
    """A part whose own cells are the joined ones is not written twice."""
    part = Step("Part", A * 2)
    step = Step("Both", Joined("rows", [part, ROW]))
    area = Area("Main", 20, 3, 3, 3)
    places = PLACES | {step: area, part: area.part(0, 0, 2, 3)}
    assert [(f.area.relative, f.shown) for f in formulas(step, places)] == [("C22:E22", "=C9")]


def test_joined_scalars_are_anchored_each():
    """A column of scalars is one formula a cell."""
    assert joined("columns", [t * 2, total(A)]) == [("C20", "=t*2"), ("D20", "=SUM(A)")]


# --- verdicts and dashes --------------------------------------------------------------


def test_verdict():
    """A claim is a mark that follows its condition."""
    assert shown(Verdict(t.greater(1))) == '=IFERROR(IF(t>1,"✓","✗"),"–")'


def test_verdict_with_when():
    """A claim is a dash while its switch is off."""
    assert shown(Verdict(t.greater(1), t.not_equal(3))) == (
        '=IFERROR(IF(t<>3,IF(t>1,"✓","✗"),"–"),"–")'
    )


def test_verdict_about_words():
    """A claim is a dash while one of its words is absent."""
    entry = Entry(TABLE, "cat", 0)
    found = 'INDEX(Table,MATCH("cat",Words,0),1)'
    assert shown(Verdict(entry.greater(1))) == (
        f'=IFERROR(IF(ISNUMBER({found}),IF({found}>1,"✓","✗"),"–"),"–")'
    )
    other = Entry(TABLE, "and", 1)
    other_found = 'INDEX(Table,MATCH("and",Words,0),2)'
    assert shown(Verdict(entry.greater(other), t)) == (
        f"=IFERROR(IF(AND(t,ISNUMBER({found}),ISNUMBER({other_found})),"
        f'IF({found}>{other_found},"✓","✗"),"–"),"–")'
    )


def test_verdict_about_a_step_of_words():
    """A claim is a dash while any number of the step is missing."""
    found = Step("Found", Lookup(Text("mouse"), WORDS, TABLE, strict=False))
    claim = Step("Claim_it", Verdict(total(found).greater(0)))
    places = PLACES | {found: Area("Main", 17, 3, 1, 2), claim: Area("Main", 20, 3, 1, 1)}
    (formula,) = formulas(claim, places)
    assert formula.shown == ('=IFERROR(IF(COUNT(Found)=2,IF(SUM(Found)>0,"✓","✗"),"–"),"–")')


def test_verdict_over_an_array():
    """A claim about a whole expression is an array formula in one cell."""
    claim = Verdict(Reduction("max", "all", Elementwise("abs", A - B)).less_equal(1e-12))
    assert shown(claim) == '{=IFERROR(IF(MAX(ABS(A-B))<=1E-12,"✓","✗"),"–")}'


def test_dash_where_a_step_shows_one():
    """What uses an optional step shows a dash in the rows where that step does."""
    found = Step("Found", Lookup(Text("mouse"), WORDS, TABLE, strict=False))
    twice = Step("Twice", found * 2)
    places = PLACES | {found: Area("Main", 17, 3, 1, 2), twice: Area("Main", 20, 3, 1, 2)}
    (formula,) = formulas(twice, places)
    assert formula.shown == '=IF(ISNUMBER(C17),C17*2,"–")'
    assert formula.at(0, 1) == 'IF(ISNUMBER(D17),D17*2,"–")'


def test_dash_of_an_array():
    """MMULT of a dash is an error, which becomes a dash again."""
    found = Step("Found", Lookup(Text("mouse"), WORDS, TABLE, strict=False))
    product = Step("Product", found @ TABLE.T)
    places = PLACES | {found: Area("Main", 17, 3, 1, 2), product: Area("Main", 20, 3, 1, 3)}
    (formula,) = formulas(product, places)
    assert formula.shown == '{=IFERROR(MMULT(Found,TRANSPOSE(Table)),"–")}'


# --- references -----------------------------------------------------------------------


def test_scalars_are_names():
    """A scalar is its name, and does not move."""
    assert shown(A / t) == "=C5/t"
    assert last(A / t) == "=E6/t"


def test_anchoring():
    """A row keeps its row, a column its column; a matrix of the block's shape moves."""
    assert (shown(A + ROW), last(A + ROW)) == ("=C5+C$9", "=E6+E$9")
    assert (shown(A + COLUMN), last(A + COLUMN)) == ("=C5+$K5", "=E6+$K6")
    assert (shown(COLUMN * ROW), last(COLUMN * ROW)) == ("=$K5*C$9", "=$K6*E$9")


def test_anchoring_of_vectors_alone():
    """A row fills a row, a column a column, with nothing to anchor."""
    assert (shown(ROW * 2), last(ROW * 2)) == ("=C9*2", "=E9*2")
    assert (shown(COLUMN * 2), last(COLUMN * 2)) == ("=K5*2", "=K6*2")


def test_other_sheets():
    """Another sheet is named and quoted, and its matrices are addresses, not names."""
    assert (shown(A + FAR), last(A + FAR)) == ("=C5+'Bob''s'!C5", "=E6+'Bob''s'!E6")
    assert shown(A * FAR_t) == "=C5*'Bob''s'!$B$3"
    assert shown(FAR @ SQUARE) == "{=MMULT('Bob''s'!$C$5:$E$6,Square)}"
    assert shown(row_sum(FAR)) == "=SUM('Bob''s'!C5:E5)"
    assert shown(total(FAR)) == "=SUM('Bob''s'!$C$5:$E$6)"
    assert shown(total(A * FAR)) == "=SUMPRODUCT(A,'Bob''s'!$C$5:$E$6)"
    assert shown(Slice(FAR, range(1), range(2))) == "='Bob''s'!C5"
    assert shown(Numbering("row", FAR)) == "=ROWS('Bob''s'!$C$5:$C5)"
    assert shown(ColumnCount(FAR)) == "=COLUMNS('Bob''s'!$C$5:$E$6)"
    assert shown(Entry(FAR, 0, 1)) == "=INDEX('Bob''s'!$C$5:$E$6,1,2)"
    assert shown(Lookup(Text("cat"), FAR_WORDS, FAR)) == (
        "=INDEX('Bob''s'!C$5:C$6,MATCH(\"cat\",'Bob''s'!$B$8:$B$9,0))"
    )


@pytest.mark.parametrize(
    ("number", "literal"),
    [
        (2, "2"),
        (2.0, "2"),
        (0.1, "0.1"),
        (1e-12, "1E-12"),
        (1.5e-7, "1.5E-07"),
        (-0.5, "-0.5"),
        (-1e30, "-1E+30"),
        (1e16, "1E+16"),
        (10000, "10000"),
        (123456789012345, "123456789012345"),
        (1 / 3, "0.3333333333333333"),
        (0, "0"),
    ],
)
def test_number_literals(number, literal):
    """Numbers are written in the shortest form that is read back exactly."""
    assert shown(where(t, Number(number), t)) == f"=IF(t,{literal},t)"
    assert float(literal) == number


def test_text_literals():
    """A text is in quotes, which are doubled inside it."""
    assert shown(WORDS.equal(Text('say "hi"'))) == '=--(B12="say ""hi""")'


def test_reference():
    """A reference moves along what is not fixed."""
    assert Reference("", 5, 3, False, False).at(2, 1) == "D7"
    assert Reference("'S'!", 5, 3, True, False).at(2, 1) == "'S'!D$5"
    assert Reference("", 5, 3, False, True).at(2, 1) == "$C7"
    assert Reference("", 5, 26, True, True).at(2, 1) == "$Z$5"


@pytest.mark.parametrize(
    "expression",
    [A + B * ROW - COLUMN / t, A + FAR, A - row_max(FAR), Numbering("column", A) * ROW],
)
def test_row_texts(expression):
    """A row's formulas, made together, are those made one at a time."""
    formula = made(expression)
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


# --- sheets that are filled to the right ----------------------------------------------


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (A @ SQUARE, "{=MMULT(C5:E6,C12:E14)}"),
        (A @ B.T / sqrt(t), "{=MMULT(C5:E6,TRANSPOSE(G5:I6))/SQRT(B3)}"),
        (A + B, "=C5+G5"),
        (A - ROW, "=C5-C9"),
        (A / COLUMN, "=C5/K5"),
        (A * t, "=C5*B3"),
        (t * 2, "=B3*2"),
        (row_sum(A), "=SUM(C5:E5)"),
        (Reduction("sum", "column", A), "=SUM(C5:C6)"),
        (total(A), "=SUM(C5:E6)"),
        (total(A * B), "=SUMPRODUCT(C5:E6,G5:I6)"),
        (Entry(A, 1, 2), "=INDEX(C5:E6,2,3)"),
        (Slice(A, range(2), range(1, 3)) * 2, "=D5*2"),
        (A @ ROW.T, "{=MMULT(C5:E6,TRANSPOSE(C9:E9))}"),
    ],
)
def test_plain_references(expression, formula):
    """No name and no $ for the sheet's own cells."""
    assert plain(expression).shown == formula


def test_plain_references_are_anchored_all_the_same():
    """Without a $ in the text, every cell still reads its row, its column, its scalar."""
    formula = plain(A / COLUMN - ROW + t)
    assert formula.at(0, 0) == "C5/K5-C9+B3"
    assert formula.at(1, 2) == "E6/K6-E9+B3"
    assert list(formula.row_texts(1)) == ["C6/K6-C9+B3", "D6/K6-D9+B3", "E6/K6-E9+B3"]
    assert plain(row_sum(A)).at(1, 0) == "SUM(C6:E6)"


def test_plain_references_to_other_sheets():
    """What stands on another sheet is pinned: it does not move with the epochs."""
    assert plain(FAR_t * A).shown == "='Bob''s'!$B$3*C5"
    assert plain(FAR @ SQUARE).shown == "{=MMULT('Bob''s'!$C$5:$E$6,C12:E14)}"


def test_plain_references_only_on_such_sheets():
    """Another sheet's formulas keep their names and their $."""
    step = Step("Result", A * t - ROW)
    places = PLACES | {step: Area("Main", 20, 3, 2, 3)}
    (formula,) = formulas(step, places, frozenset({"Bob's"}))
    assert formula.shown == "=C5*t-C$9"
    far = Step("Result", A * t)
    (formula,) = formulas(far, PLACES | {far: Area("Bob's", 20, 3, 2, 3)}, frozenset({"Main"}))
    assert formula.shown == "='Main'!C5*'Main'!$B$3"


def test_plain_reference():
    """A plain reference is fixed without saying so."""
    reference = Reference("", 5, 3, fixed_row=True, fixed_column=True, plain=True)
    assert reference.at(7, 7) == "C5"
    assert Reference("", 5, 3, False, False, plain=True).at(1, 1) == "D6"


def test_plain_recurrence():
    """A recurrence reads the row above it by its address."""
    X, W, U = (Input(n, np.ones((2, 2))) for n in ("X", "W", "U"))
    step = Step("States", Recurrence(X, W, U))
    places = {X: Area("Main", 1, 1, 2, 2), W: Area("Main", 4, 1, 2, 2),
              U: Area("Main", 7, 1, 2, 2), step: Area("Main", 10, 1, 2, 2)}  # fmt: skip
    shown = [formula.shown for formula in formulas(step, places, frozenset({"Main"}))]
    assert shown == [
        "{=TANH(MMULT(A1:B1,A7:B8))}",
        "{=TANH(MMULT(A10:B10,A4:B5)+MMULT(A2:B2,A7:B8))}",
    ]


def test_plain_lookup():
    """A table of the sheet itself is read by plain addresses."""
    assert "$" not in plain(Lookup(WORDS, WORDS, TABLE)).at()


# --- which steps are arrays -----------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "elementwise"),
    [
        (A + ROW * COLUMN, True),
        (A - row_max(A), True),
        (row_sum(A * B), True),
        (Slice(A, range(1), range(3)), True),
        (A @ SQUARE, False),
        (A.T, False),
        (A + (A @ SQUARE), False),
        (total(A + B), False),
        (Slice(A @ SQUARE, range(1), range(3)), False),
    ],
)
def test_is_elementwise(expression, elementwise):
    """A step is ordinary formulas unless something in it needs a whole matrix."""
    assert is_elementwise(expression) is elementwise


# --- refusals -------------------------------------------------------------------------


def test_no_place():
    """A matrix without cells cannot be read; the message names it."""
    stray = Input("Stray", np.ones((2, 3)))
    assert refused(A + stray) == "Stray (2×3): expected a place on a sheet, got none"
    assert "Stray (2×3)" in refused(stray @ SQUARE)


def test_no_excel_form():
    """A kind of node that no printer knows is refused by name."""

    class Odd(Matrix):
        pass

    assert refused(A + Odd((A,), (2, 3))) == (
        "Odd (2×3): expected a kind of node with an Excel form, got none"
    )


def test_joined_inside_an_expression():
    """Joining has cells of its own, or none."""
    assert "Joined (2×6)" in refused(total(Joined("columns", [A, B])))


def test_reduction_of_an_expression_along_rows():
    """A reduction along rows needs cells to read; the message names operation and operand."""
    assert refused(row_max(A + B)) == (
        "max along each row of Elementwise (2×3): expected a named step, got an expression; "
        "name it as a step of its own"
    )
    assert "sum along each row of A (2×3)" in refused(A @ SQUARE / row_sum(A))


def test_forms_that_engines_compute_differently():
    """Over whole ranges, MAX and a one-row condition mean different things to engines."""
    assert refused(Elementwise("maximum", A @ SQUARE, 0)) == (
        "maximum inside an array formula: expected operands of 1×1, "
        "got Product (2×3), Number (1×1); name it as a step"
    )
    assert "where inside an array formula" in refused(where(ROW, A @ SQUARE, A))
    assert "Row (1×3)" in refused(where(ROW, A @ SQUARE, A))


def test_numbering_in_a_product():
    """Counting goes by cells, so that it has no array form."""
    assert refused(Numbering("row", A).T @ A) == (
        "numbering of A (2×3): expected outside a product; name it"
    )


def test_slice_of_an_expression():
    """A part of an expression has no cells; the message names the expression."""
    assert "Product (2×3)" in refused(total(Slice(A @ SQUARE, range(1), range(3))))


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
    with pytest.raises(FormulaError) as caught:
        sum_of(41)
    assert str(caught.value) == (
        "Long: expected a formula of at most 8192 characters, got 8244; "
        "name some of its parts as steps of their own"
    )


# --- random expressions, computed by an engine ----------------------------------------
#
# A case is a list of steps as plain tuples, which are turned into nodes by `build` and
# computed by `evaluate`; the two share nothing but the tuples.

NUMPY = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (np.abs(y) + 0.5),
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "two_to": lambda x: 2.0 ** np.tanh(x),
    "negate": lambda x: -x,
    "exp": lambda x: np.exp(-np.abs(x)),
    "tanh": np.tanh,
    "sqrt": lambda x: np.sqrt(np.abs(x) + 1),
    "ln": lambda x: np.log(np.abs(x) + 1),
    "sin": lambda x: np.sin(np.tanh(x)),
    "cos": lambda x: np.cos(np.tanh(x)),
    "abs": np.abs,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "choose": lambda x, y, z: np.where(x > 0.25, y, z),
    "product": lambda x, y: x @ y,
    "transpose": np.transpose,
}
NODES = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (Elementwise("abs", y) + 0.5),
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "two_to": lambda x: 2 ** tanh(x),
    "negate": lambda x: -x,
    "exp": lambda x: exp(-Elementwise("abs", x)),
    "tanh": tanh,
    "sqrt": lambda x: sqrt(Elementwise("abs", x) + 1),
    "ln": lambda x: ln(Elementwise("abs", x) + 1),
    "sin": lambda x: Elementwise("sin", tanh(x)),
    "cos": lambda x: Elementwise("cos", tanh(x)),
    "abs": lambda x: Elementwise("abs", x),
    "maximum": lambda x, y: Elementwise("maximum", x, y),
    "minimum": lambda x, y: Elementwise("minimum", x, y),
    "choose": lambda x, y, z: where(x.greater(0.25), y, z),
    "product": lambda x, y: x @ y,
    "transpose": lambda x: x.T,
}
AXES = {"row": 1, "column": 0, "all": None}
BINARY = ("add", "subtract", "multiply", "divide")
UNARY = ("square", "cube", "two_to", "negate", "exp", "tanh", "sqrt", "ln", "sin", "cos", "abs")


def evaluate(case, values):
    """The value of a case in plain NumPy."""
    kind, *rest = case
    if kind == "name":
        return values[rest[0]]
    if kind == "number":
        return np.array([[rest[0]]])
    if kind == "slice":
        name, rows, columns = rest
        return values[name][rows[0] : rows[1], columns[0] : columns[1]]
    if kind == "reduce":
        operation, axis, operand = rest
        return getattr(np, operation)(evaluate(operand, values), axis=AXES[axis], keepdims=True)
    return NUMPY[kind](*(evaluate(operand, values) for operand in rest))


def build(case, nodes):
    """The node of a case."""
    kind, *rest = case
    if kind == "name":
        return nodes[rest[0]]
    if kind == "number":
        return Number(rest[0])
    if kind == "slice":
        name, rows, columns = rest
        return Slice(nodes[name], range(*rows), range(*columns))
    if kind == "reduce":
        operation, axis, operand = rest
        return Reduction(operation, axis, build(operand, nodes))
    return NODES[kind](*(build(operand, nodes) for operand in rest))


@st.composite
def workbooks(draw):
    """Inputs by name, and steps by name: cases over what comes before them."""
    inputs: dict[str, np.ndarray] = {}
    values: dict[str, np.ndarray] = {}  # tame ones, that later steps may read
    numbers = st.integers(-300, 300).map(lambda n: n / 100)

    def named(shape):
        fitting = [name for name, value in values.items() if value.shape == shape]
        if fitting and draw(st.booleans()):
            return draw(st.sampled_from(fitting))
        name = f"In_{len(inputs)}_"
        inputs[name] = values[name] = draw(arrays(float, shape, elements=numbers))
        return name

    def cells(shape):
        """A named matrix of a shape, or a slice of a larger one."""
        if draw(st.integers(0, 3)):
            return ("name", named(shape))
        top, left = draw(st.integers(0, 1)), draw(st.integers(0, 1))
        larger = (shape[0] + top + draw(st.integers(0, 1)), shape[1] + left)
        return ("slice", named(larger), (top, top + shape[0]), (left, left + shape[1]))

    def narrower(shape):
        """A shape that broadcasts to the shape."""
        return (draw(st.sampled_from((1, shape[0]))), draw(st.sampled_from((1, shape[1]))))

    def operands(shape, depth, expression):
        """Two operands whose widest shape is the shape."""
        one, other = draw(
            st.sampled_from(
                [(shape, narrower(shape)), (narrower(shape), shape),
                 ((shape[0], 1), (1, shape[1]))]
            )
        )  # fmt: skip
        return expression(one, depth - 1), expression(other, depth - 1)

    def scalar_or_cells(shape):
        if shape == (1, 1) and draw(st.booleans()):
            return ("number", draw(numbers))
        return cells(shape)

    def reduced(shape):
        """A reduction of cells, or of a product of cells, that has the shape."""
        operation = draw(st.sampled_from(("sum", "max", "min", "mean")))
        count = draw(st.integers(1, 3))
        axis, inner = draw(
            st.sampled_from([("row", (shape[0], count)), ("column", (count, shape[1]))])
        )
        if operation == "sum" and draw(st.booleans()):
            return ("reduce", "sum", axis, ("multiply", cells(inner), cells(inner)))
        return ("reduce", operation, axis, cells(inner))

    def elementwise(shape, depth):
        choice = draw(st.integers(0, 5)) if depth else 0
        if choice == 0:
            return scalar_or_cells(shape)
        if choice == 1 and 1 in shape:
            return reduced(shape)
        if choice == 2:
            return (draw(st.sampled_from(UNARY)), elementwise(shape, depth - 1))
        if choice == 3:
            condition = cells(narrower(shape))
            return ("choose", condition, *operands(shape, depth, elementwise))
        operation = draw(st.sampled_from((*BINARY, "maximum", "minimum")))
        return (operation, *operands(shape, depth, elementwise))

    def whole(shape, depth):
        choice = draw(st.integers(0, 5)) if depth else 0
        if choice == 0:
            return scalar_or_cells(shape)
        if choice in (1, 2):
            inner = draw(st.integers(1, 3))
            left, right = (
                whole_cells((shape[0], inner), depth),
                whole_cells((inner, shape[1]), depth),
            )
            return ("product", left, right)
        if choice == 3:
            return ("transpose", whole_cells(shape[::-1], depth))
        if choice == 4 and shape == (1, 1):
            operation = draw(st.sampled_from(("sum", "max", "min", "mean")))
            inner = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
            return ("reduce", operation, "all", whole(inner, depth - 1))
        if choice == 4:
            return (draw(st.sampled_from(UNARY)), whole(shape, depth - 1))
        return (draw(st.sampled_from(BINARY)), *operands(shape, depth, whole))

    def whole_cells(shape, depth):
        """An operand of MMULT or TRANSPOSE: a range or an array, not a number."""
        found = whole(shape, depth - 1)
        return cells(shape) if found[0] == "number" else found

    steps = {}
    for index in range(draw(st.integers(1, 4))):
        shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
        name = f"Step_{index}_"
        steps[name] = draw(st.sampled_from((elementwise, whole)))(shape, 3)
        value = evaluate(steps[name], values)
        if np.abs(value).max() <= 3:
            values[name] = value
    return inputs, steps


def recalculated(inputs, steps, split):
    """Every step's cells as IronCalc computes them, from a file; half the inputs may be apart."""
    main, apart = Sheet("Main"), Sheet("Bob's 100%")
    nodes: dict[str, Matrix] = {}
    places: dict[Matrix, Area] = {}
    for index, (name, content) in enumerate([*inputs.items(), *steps.items()]):
        node = Step(name, build(content, nodes)) if name in steps else Input(name, content)
        sheet = apart if split and name in inputs and index % 2 else main
        sheet.last_row += 1
        places[node] = area = Area(sheet.title, sheet.last_row, 2, *node.shape)
        sheet.last_row, sheet.last_column = area.last_row, max(sheet.last_column, area.last_column)
        nodes[name] = node
        if isinstance(node, Step):
            wrong = np.full(node.shape, 9e9)  # what the file stores must not matter
            for formula in formulas(node, places):
                sheet.runs.append(Run(formula.area, Role("value"), wrong, formula))
        else:
            sheet.runs.append(Run(area, Role("input"), content))
    sheets = [sheet for sheet in (main, apart) if sheet.runs]
    layout = Layout(sheets, {name: places[node] for name, node in nodes.items()})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.xlsx"
        save([layout], path, title="Random", subject="", language="en")
        cells = ironcalc.recalculate(path, [])
    return {
        name: [cells["Main"].get(address(*cell)) for cell in places[nodes[name]].cells()]
        for name in steps
    }


def assert_as_numpy(inputs, steps, split=False):
    """Every step that an engine computes is what NumPy computes, to 1e-12."""
    values = dict(inputs)
    for name, content in steps.items():
        values[name] = evaluate(content, values)
    for name, cells in recalculated(inputs, steps, split).items():
        for got, expected in zip(cells, values[name].ravel(), strict=True):
            assert isinstance(got, float), f"{name}: {steps[name]}: got {got!r}"
            error = abs(got - expected) / max(1.0, abs(expected))
            assert error <= 1e-12, f"{name}: {steps[name]}: expected {expected}, got {got}"


@settings(max_examples=100, deadline=None)
@given(workbooks(), st.booleans())
def test_an_engine_agrees_with_numpy(workbook, split):
    """Any expression, written to a file and recalculated, is what NumPy makes of it."""
    assert_as_numpy(*workbook, split)


def test_the_comparison_can_fail(monkeypatch):
    """A formula that computes something else is noticed."""
    inputs = {"In_0_": np.array([[1.0, 2.0]])}
    steps = {"Step_0_": ("add", ("name", "In_0_"), ("number", 1.0))}
    assert_as_numpy(inputs, steps)
    monkeypatch.setitem(NODES, "add", lambda x, y: x + y + 1e-11)
    with pytest.raises(AssertionError, match="Step_0_"):
        assert_as_numpy(inputs, steps)
