"""The ordinary formula of one cell: the exact text of each kind of node."""

import numpy as np
import pytest
from printing import (
    COLUMN,
    FAR,
    FAR_WORDS,
    PLACES,
    ROW,
    SQUARE,
    TABLE,
    WORDS,
    A,
    B,
    FAR_t,
    first_of,
    formulas,
    last,
    last_of,
    plain,
    printed,
    refused,
    shown,
    t,
)

from xlsxattn.a1 import Area
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
    Verdict,
    Words,
    header_of,
)
from xlsxattn.functions import exp, ln, row_max, row_sum, sqrt, tanh, total, where

NAME_IT = "expected a named step, got an expression; name it as a step of its own"


def absolute(node):
    return Elementwise("abs", node)


def largest(node, axis="all"):
    return Reduction("max", axis, node)


# --- products -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "first", "final"),
    [
        (A @ SQUARE, "MMULT($C5:$E5,C$12:C$14)", "MMULT($C6:$E6,E$12:E$14)"),
        (A @ B.T, "SUMPRODUCT($C5:$E5,$G$5:$I$5)", "SUMPRODUCT($C6:$E6,$G$6:$I$6)"),
        (A.T @ B, "SUMPRODUCT($C$5:$C$6,G$5:G$6)", "SUMPRODUCT($E$5:$E$6,I$5:I$6)"),
        (TABLE.T @ A.T, "MMULT($C$5:$E$5,$G$12:$G$14)", "MMULT($C$6:$E$6,$H$12:$H$14)"),
        # a row is all of the block's rows, a column all of its columns: no sign is needed
        (ROW @ SQUARE, "MMULT($C9:$E9,C12:C14)", "MMULT($C9:$E9,E12:E14)"),
        (A @ ROW.T, "SUMPRODUCT(C5:E5,C$9:E$9)", "SUMPRODUCT(C6:E6,C$9:E$9)"),
        (COLUMN.T @ A, "SUMPRODUCT($K5:$K6,C5:C6)", "SUMPRODUCT($K5:$K6,E5:E6)"),
        (ROW @ ROW.T, "SUMPRODUCT(C9:E9,C9:E9)", "SUMPRODUCT(C9:E9,C9:E9)"),
        # one factor each: a plain product
        (COLUMN @ ROW, "$K5*C$9", "$K6*E$9"),
        (COLUMN @ COLUMN.T, "$K5*$K$5", "$K6*$K$6"),
        (ROW.T @ ROW, "$C$9*C$9", "$E$9*E$9"),
        (COLUMN @ ROW + A, "$K5*C$9+C5", "$K6*E$9+E6"),
        (1 / (COLUMN @ ROW), "1/($K5*C$9)", "1/($K6*E$9)"),
        # parts of matrices
        (
            Slice(A, range(2), range(2)) @ Slice(SQUARE, range(1, 3), range(3)),
            "MMULT($C5:$D5,C$13:C$14)",
            "MMULT($C6:$D6,E$13:E$14)",
        ),
        (
            Slice(A, range(2), range(2)) @ TABLE.T,
            "SUMPRODUCT($C5:$D5,$G$12:$H$12)",
            "SUMPRODUCT($C6:$D6,$G$14:$H$14)",
        ),
        (
            Slice(A.T, range(1, 3), range(2)) @ A,
            "SUMPRODUCT($D$5:$D$6,C$5:C$6)",
            "SUMPRODUCT($E$5:$E$6,E$5:E$6)",
        ),
        (
            Slice(A, range(1), range(3)) @ B.T,
            "SUMPRODUCT($C5:$E5,$G5:$I5)",
            "SUMPRODUCT($C5:$E5,$G6:$I6)",
        ),
    ],
)
def test_products(expression, first, final):
    """A row times a column, or the dot product of two lines that lie the same way."""
    assert (shown(expression), last(expression)) == (f"={first}", f"={final}")


@pytest.mark.parametrize(
    ("expression", "first", "final"),
    [
        (A @ B.T / sqrt(t), "SUMPRODUCT($C5:$E5,$G$5:$I$5)/SQRT(t)",
         "SUMPRODUCT($C6:$E6,$G$6:$I$6)/SQRT(t)"),
        (exp(A @ SQUARE - ROW), "EXP(MMULT($C5:$E5,C$12:C$14)-C$9)",
         "EXP(MMULT($C6:$E6,E$12:E$14)-E$9)"),
        (-(A @ SQUARE), "-MMULT($C5:$E5,C$12:C$14)", "-MMULT($C6:$E6,E$12:E$14)"),
        (A + (A @ SQUARE), "C5+MMULT($C5:$E5,C$12:C$14)", "E6+MMULT($C6:$E6,E$12:E$14)"),
        (where(ROW, A @ SQUARE, A), "IF(C$9,MMULT($C5:$E5,C$12:C$14),C5)",
         "IF(E$9,MMULT($C6:$E6,E$12:E$14),E6)"),
    ],
)  # fmt: skip
def test_around_a_product(expression, first, final):
    """What is elementwise on a product stands in its cells' formulas."""
    assert (shown(expression), last(expression)) == (f"={first}", f"={final}")


def test_columns_that_move_down_have_formulas_by_rows():
    """Under A.T each row of the block reads another column, which no filling gives."""
    found = printed(A.T @ B)
    assert [(f.area.relative, f.at(0, 0), f.at(0, 2)) for f in found] == [
        ("C20:E20", "SUMPRODUCT($C$5:$C$6,G$5:G$6)", "SUMPRODUCT($C$5:$C$6,I$5:I$6)"),
        ("C21:E21", "SUMPRODUCT($D$5:$D$6,G$5:G$6)", "SUMPRODUCT($D$5:$D$6,I$5:I$6)"),
        ("C22:E22", "SUMPRODUCT($E$5:$E$6,G$5:G$6)", "SUMPRODUCT($E$5:$E$6,I$5:I$6)"),
    ]


@pytest.mark.parametrize(
    ("expression", "first", "final"),
    [
        (A.T, "$C$5", "$E$6"),
        (ROW.T, "C$9", "E$9"),
        (COLUMN.T, "$K5", "$K6"),
        (A.T.T, "C5", "E6"),
        (A.T * 2, "$C$5*2", "$E$6*2"),
        (SQUARE + SQUARE.T, "C12+$C$12", "E14+$E$14"),
        (SQUARE + ROW.T, "C12+$C$9", "E14+$E$9"),
        (SQUARE * ROW, "C12*C$9", "E14*E$9"),
        (A + COLUMN.T.T, "C5+$K5", "E6+$K6"),
        (Slice(A, range(2), range(1, 3)).T, "$D$5", "$E$6"),
        (Slice(A.T, range(1, 3), range(2)), "$D$5", "$E$6"),
        (t.T * A, "t*C5", "t*E6"),
    ],
)
def test_transposes(expression, first, final):
    """Transposing is only another way in which references move."""
    assert (shown(expression), last(expression)) == (f"={first}", f"={final}")


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
        (-(A * B), "=-1*C5*G5"),
        (-(A**2), "=-1*C5^2"),
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


def test_nested_comparisons():
    """A truth value counts as 1 wherever a number is expected."""
    assert shown(A.less(1).equal(1)) == "=--(--(C5<1)=1)"
    assert shown(where(A.less(1), A.less(2), A)) == "=IF(C5<1,--(C5<2),C5)"


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


@pytest.mark.parametrize(
    ("expression", "first", "final"),
    [
        (row_sum(A.T), "SUM(C$5:C$6)", "SUM(E$5:E$6)"),
        (Reduction("sum", "column", A.T), "SUM($C5:$E5)", "SUM($C6:$E6)"),
        (total(A.T), "SUM(A)", "SUM(A)"),
        (SQUARE / row_sum(SQUARE.T), "C12/SUM($C$12:$C$14)", "E14/SUM($E$12:$E$14)"),
        (SQUARE - largest(SQUARE.T, "column"), "C12-MAX($C$12:$E$12)", "E14-MAX($C$14:$E$14)"),
        (row_sum(A.T * B.T), "SUMPRODUCT(C$5:C$6,G$5:G$6)", "SUMPRODUCT(E$5:E$6,I$5:I$6)"),
    ],
)
def test_reductions_of_transposes(expression, first, final):
    """A row of a transposed matrix is a column of cells."""
    assert (shown(expression), last(expression)) == (f"={first}", f"={final}")


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (total(A * B), "=SUMPRODUCT(A,B)"),
        (row_sum(A * B), "=SUMPRODUCT(C5:E5,G5:I5)"),
        (Reduction("sum", "column", A * B), "=SUMPRODUCT(C5:C6,G5:G6)"),
        (A / row_sum(A * A), "=C5/SUMPRODUCT($C5:$E5,$C5:$E5)"),
        (row_sum(ROW * ROW), "=SUMPRODUCT(Row,Row)"),
        (total(A * FAR), "=SUMPRODUCT(A,'Bob''s'!$C$5:$E$6)"),
    ],
)
def test_sums_of_products(expression, formula):
    """A sum of products of two ranges is SUMPRODUCT."""
    assert shown(expression) == formula


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (total(A**2), "=SUMSQ(A)"),
        (A / row_sum(A**2), "=C5/SUMSQ($C5:$E5)"),
        (Reduction("sum", "column", A**2), "=SUMSQ(C5:C6)"),
        (total((A - B) ** 2), "=SUMXMY2(A,B)"),
        (row_sum((A - B) ** 2), "=SUMXMY2(C5:E5,G5:I5)"),
        (total((FAR - FAR) ** 2), "=SUMXMY2('Bob''s'!$C$5:$E$6,'Bob''s'!$C$5:$E$6)"),
        # one cell a row: IronCalc's SUMXMY2 is for several
        (row_sum((COLUMN - COLUMN) ** 2), "=SUMPRODUCT((K5:K5-K5:K5)^2)"),
        (Reduction("sum", "column", (COLUMN - COLUMN) ** 2), "=SUMXMY2(Column,Column)"),
        (total((t - t) ** 2), "=SUMPRODUCT((t-t)^2)"),
    ],
)
def test_sums_of_squares(expression, formula):
    """Squares of a range, and of the differences between two ranges of one sheet."""
    assert shown(expression) == formula


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (Reduction("mean", "all", A**2), "=SUMSQ(A)/COUNT(A)"),
        (Reduction("mean", "row", A * B), "=SUMPRODUCT(C5:E5,G5:I5)/COUNT(C5:E5)"),
        (Reduction("mean", "column", (A - B) ** 2), "=SUMXMY2(C5:C6,G5:G6)/COUNT(C5:C6)"),
        (1 / Reduction("mean", "all", A.T**2), "=1/(SUMSQ(A)/COUNT(A))"),
        (Reduction("mean", "all", (A - FAR) ** 2),
         "=SUMPRODUCT((A-'Bob''s'!$C$5:$E$6)^2)/COUNT(A)"),
    ],
)  # fmt: skip
def test_means_of_squares_and_products(expression, formula):
    """A mean of squares or products is their sum over the count."""
    assert shown(expression) == formula


def test_squared_differences_across_sheets():
    """IronCalc's SUMXMY2 is for one sheet, so that two need SUMPRODUCT."""
    assert shown(total((A - FAR) ** 2)) == "=SUMPRODUCT((A-'Bob''s'!$C$5:$E$6)^2)"
    assert shown(row_sum((FAR - A) ** 2)) == "=SUMPRODUCT(('Bob''s'!C5:E5-C5:E5)^2)"


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (total(A.less(t)), "=SUMPRODUCT(--(A<t))"),
        (total(t.less(A)), "=SUMPRODUCT(--(t<A))"),
        (total(A.equal(1)), "=SUMPRODUCT(--(A=1))"),
        (row_sum(A.greater(t + 1)), "=SUMPRODUCT(--(C5:E5>t+1))"),
        (total(WORDS.equal(Text("<BOS>"))), '=SUMPRODUCT(--(Words="<BOS>"))'),
        (total(FAR.greater_equal(FAR_t)), "=SUMPRODUCT(--('Bob''s'!$C$5:$E$6>='Bob''s'!$B$3))"),
    ],
)
def test_counting(expression, formula):
    """Comparisons of a range with one value are counted without COUNTIF's own syntax."""
    assert shown(expression) == formula


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (largest(absolute(A)), "=MAX(MAX(A),-MIN(A))"),
        (largest(absolute(A - t)), "=MAX(MAX(A)-t,t-MIN(A))"),
        (largest(absolute(A - 1)), "=MAX(MAX(A)-1,1-MIN(A))"),
        (largest(absolute(A - (t + 1))), "=MAX(MAX(A)-(t+1),t+1-MIN(A))"),
        (largest(absolute(A), "row"), "=MAX(MAX(C5:E5),-MIN(C5:E5))"),
        (largest(absolute(A - t), "column"), "=MAX(MAX(C5:C6)-t,t-MIN(C5:C6))"),
    ],
)
def test_largest_distance(expression, formula):
    """The largest absolute value of a range is that of its largest or of its least element."""
    assert shown(expression) == formula


@pytest.mark.parametrize(
    "expression",
    [
        total(exp(A)), total(A**3), total(A**2 * B), total(A * ROW), total((A - ROW) ** 2),
        total(SQUARE * SQUARE.T), total((SQUARE - SQUARE.T) ** 2), total(A.less(B)),
        total(A.greater(ROW)), largest(absolute(A - B)), largest(absolute(t - A)),
        largest(absolute(A - ROW)), Reduction("min", "all", absolute(A)),
        Reduction("mean", "all", A @ SQUARE), row_max(A + B), total(Joined("columns", [A, B])),
        total(Slice(A @ SQUARE, range(1), range(3))),
    ],
)  # fmt: skip
def test_reductions_of_what_has_no_cells(expression):
    """No other reduction of an expression has a form in one cell: its operand needs cells."""
    operation, operand = expression.operation, expression.operands[0]
    assert refused(expression) == f"{operation} of {operand!r}: {NAME_IT}"


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
    assert shown(found) == ('=IFERROR(INDEX(G12:G14,MATCH("mouse",Words,0)),"–")')


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
    assert printed(found) == '=IFERROR(IF("cat"=One,C30,NA()),"–")'
    both = 'IF(AND("cat"=One,"cat"=One),Cell,NA())'
    assert printed(Entry(cell, "cat", "cat")) == f'=IFERROR({both},"–")'
    assert printed(Entry(cell, 0, "cat")) == '=IFERROR(IF("cat"=One,Cell,NA()),"–")'


def test_step_of_one_entry():
    """A step that is nothing but an entry shows a dash where its word is absent."""
    found = 'INDEX(Table,MATCH("cat",Words,0),1)'
    assert shown(Entry(TABLE, "cat", 0)) == f'=IFERROR({found},"–")'


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
    inner = Slice(Slice(A, range(1, 2), range(3)), range(1), range(1, 3))
    assert shown(total(inner)) == "=SUM($D$6:$E$6)"


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
    places = PLACES | {header_of(TABLE): header, step: Area("Main", 20, 3, 3, 1)}
    (formula,) = formulas(step, places)
    assert formula.shown == "=INDEX($G$11:$H$11,1,MATCH(MAX(G12:H12),G12:H12,0))"
    assert formula.at(2, 0) == "INDEX($G$11:$H$11,1,MATCH(MAX(G14:H14),G14:H14,0))"


def test_recurrence():
    """A formula a row; each but the first reads the row above it."""
    W = Input("W", np.ones((2, 2)))
    step = Step("States", Recurrence(A, W, TABLE))
    area = Area("Main", 20, 3, 2, 2)
    found = formulas(step, PLACES | {W: Area("Main", 16, 3, 2, 2), step: area})
    assert [(formula.area.relative, formula.shown) for formula in found] == [
        ("C20:D20", "=TANH(MMULT($C5:$E5,G12:G14))"),
        ("C21:D21", "=TANH(MMULT($C20:$D20,C16:C17)+MMULT($C6:$E6,G12:G14))"),
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
        ("F20:H21", "=MMULT($C5:$E5,C$12:C$14)"),
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


def test_joined_transposes():
    """A part whose columns move down has formulas row by row."""
    assert joined("rows", [ROW.T @ ROW, ROW]) == [
        ("C20:E20", "=$C$9*C$9"),
        ("C21:E21", "=$D$9*C$9"),
        ("C22:E22", "=$E$9*C$9"),
        ("C23:E23", "=C9"),
    ]


# --- verdicts -------------------------------------------------------------------------


def test_verdict():
    """A claim is a mark that follows its condition."""
    assert shown(Verdict(t.greater(1))) == '=IFERROR(IF(t>1,"✓","✗"),"–")'


def test_verdict_with_when():
    """A claim is a dash while its switch is off."""
    assert shown(Verdict(t.greater(1), t.not_equal(3))) == (
        '=IFERROR(IF(t<>3,IF(t>1,"✓","✗"),"–"),"–")'
    )


def test_verdict_over_a_range():
    """A claim about a whole range is an ordinary formula too."""
    claim = Verdict(largest(absolute(A - t)).less_equal(1e-12))
    assert shown(claim) == ('=IFERROR(IF(MAX(MAX(A)-t,t-MIN(A))<=1E-12,"✓","✗"),"–")')
    far_apart = Verdict(largest(absolute(A - B)).less_equal(1e-12))
    assert refused(far_apart) == f"max of {(A - B)!r}: {NAME_IT}"


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
    assert shown(FAR @ SQUARE) == "=MMULT('Bob''s'!$C5:$E5,C$12:C$14)"
    assert last(FAR @ SQUARE) == "=MMULT('Bob''s'!$C6:$E6,E$12:E$14)"
    assert shown(SQUARE @ FAR.T) == "=SUMPRODUCT($C12:$E12,'Bob''s'!$C$5:$E$5)"
    assert last(SQUARE @ FAR.T) == "=SUMPRODUCT($C14:$E14,'Bob''s'!$C$6:$E$6)"
    assert (shown(FAR.T), last(FAR.T)) == ("='Bob''s'!$C$5", "='Bob''s'!$E$6")
    assert shown(row_sum(FAR)) == "=SUM('Bob''s'!C5:E5)"
    assert shown(total(FAR)) == "=SUM('Bob''s'!$C$5:$E$6)"
    assert shown(total(A * FAR)) == "=SUMPRODUCT(A,'Bob''s'!$C$5:$E$6)"
    assert shown(Slice(FAR, range(1), range(2))) == "='Bob''s'!C5"
    assert shown(Numbering("row", FAR)) == "=ROWS('Bob''s'!$C$5:$C5)"
    assert shown(ColumnCount(FAR)) == "=COLUMNS('Bob''s'!$C$5:$E$6)"
    assert shown(Entry(FAR, 0, 1)) == "=INDEX('Bob''s'!$C$5:$E$6,1,2)"
    assert shown(Lookup(Text("cat"), FAR_WORDS, FAR)) == (
        "=INDEX('Bob''s'!C5:C6,MATCH(\"cat\",'Bob''s'!$B$8:$B$9,0))"
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


# --- sheets that are filled to the right ----------------------------------------------


@pytest.mark.parametrize(
    ("expression", "first", "final"),
    [
        (A @ SQUARE, "MMULT(C5:E5,C12:C14)", "MMULT(C6:E6,E12:E14)"),
        (A @ B.T / sqrt(t), "SUMPRODUCT(C5:E5,G5:I5)/SQRT(B3)", "SUMPRODUCT(C6:E6,G6:I6)/SQRT(B3)"),
        (A.T @ B, "SUMPRODUCT(C5:C6,G5:G6)", "SUMPRODUCT(E5:E6,I5:I6)"),
        (TABLE.T @ A.T, "MMULT(C5:E5,G12:G14)", "MMULT(C6:E6,H12:H14)"),
        (COLUMN @ ROW, "K5*C9", "K6*E9"),
        (A.T, "C5", "E6"),
        (A + B, "C5+G5", "E6+I6"),
        (A - ROW, "C5-C9", "E6-E9"),
        (A / COLUMN, "C5/K5", "E6/K6"),
        (A * t, "C5*B3", "E6*B3"),
        (t * 2, "B3*2", "B3*2"),
        (row_sum(A), "SUM(C5:E5)", "SUM(C6:E6)"),
        (Reduction("sum", "column", A), "SUM(C5:C6)", "SUM(E5:E6)"),
        (total(A), "SUM(C5:E6)", "SUM(C5:E6)"),
        (total(A * B), "SUMPRODUCT(C5:E6,G5:I6)", "SUMPRODUCT(C5:E6,G5:I6)"),
        (total((A - B) ** 2), "SUMXMY2(C5:E6,G5:I6)", "SUMXMY2(C5:E6,G5:I6)"),
        (Entry(A, 1, 2), "INDEX(C5:E6,2,3)", "INDEX(C5:E6,2,3)"),
        (Slice(A, range(2), range(1, 3)) * 2, "D5*2", "E6*2"),
        (A @ ROW.T, "SUMPRODUCT(C5:E5,C9:E9)", "SUMPRODUCT(C6:E6,C9:E9)"),
        (Numbering("row", A), "ROWS(C5:C5)", "ROWS(C5:C6)"),
        # what stands on another sheet is pinned: it does not move with the epochs
        (FAR_t * A, "'Bob''s'!$B$3*C5", "'Bob''s'!$B$3*E6"),
        (FAR @ SQUARE, "MMULT('Bob''s'!$C5:$E5,C12:C14)", "MMULT('Bob''s'!$C6:$E6,E12:E14)"),
    ],
)
def test_plain_references(expression, first, final):
    """No name and no $ for the sheet's own cells, which are the right ones all the same."""
    found = plain(expression)
    assert (first_of(found), last_of(found)) == (f"={first}", f"={final}")


def test_plain_rows_at_once():
    """Without a $ in the text, every cell of a row still reads its row, column and scalar."""
    (formula,) = plain(A / COLUMN - ROW + t)
    assert list(formula.row_texts(1)) == ["C6/K6-C9+B3", "D6/K6-D9+B3", "E6/K6-E9+B3"]


def test_plain_references_only_on_such_sheets():
    """Another sheet's formulas keep their names and their $."""
    step = Step("Result", A * t - ROW)
    places = PLACES | {step: Area("Main", 20, 3, 2, 3)}
    (formula,) = formulas(step, places, frozenset({"Bob's"}))
    assert formula.shown == "=C5*t-C$9"
    far = Step("Result", A * t)
    (formula,) = formulas(far, PLACES | {far: Area("Bob's", 20, 3, 2, 3)}, frozenset({"Main"}))
    assert formula.shown == "='Main'!C5*'Main'!$B$3"


def test_plain_recurrence():
    """A recurrence reads the row above it by its address."""
    X, W, U = (Input(n, np.ones((2, 2))) for n in ("X", "W", "U"))
    step = Step("States", Recurrence(X, W, U))
    places = {X: Area("Main", 1, 1, 2, 2), W: Area("Main", 4, 1, 2, 2),
              U: Area("Main", 7, 1, 2, 2), step: Area("Main", 10, 1, 2, 2)}  # fmt: skip
    shown = [formula.shown for formula in formulas(step, places, frozenset({"Main"}))]
    assert shown == [
        "=TANH(MMULT(A1:B1,A7:A8))",
        "=TANH(MMULT(A10:B10,A4:A5)+MMULT(A2:B2,A7:A8))",
    ]


def test_plain_lookup():
    """A table of the sheet itself is read by plain addresses."""
    assert "$" not in first_of(plain(Lookup(WORDS, WORDS, TABLE)))


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


@pytest.mark.parametrize(
    ("expression", "whole", "part"),
    [
        ((A + B) @ SQUARE, (A + B) @ SQUARE, A + B),
        (A @ (SQUARE * 2), A @ (SQUARE * 2), SQUARE * 2),
        (A @ B.T @ A, A @ B.T @ A, A @ B.T),
        ((A + B).T, (A + B).T, A + B),
        (Numbering("row", A).T @ A, Numbering("row", A).T @ A, Numbering("row", A).T),
        (Slice(A @ SQUARE, range(1), range(3)), Slice(A @ SQUARE, range(1), range(3)), A @ SQUARE),
        (A @ SQUARE / row_sum(A + B), None, A + B),
    ],
)
def test_what_has_no_cells(expression, whole, part):
    """Products, transposes and slices read cells; the message names what has none."""
    of = "sum" if whole is None else repr(whole)
    assert refused(expression) == f"{of} of {part!r}: {NAME_IT}"
