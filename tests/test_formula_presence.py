"""Guards: a dash where a word that a formula reads is absent."""

import pytest
from printing import (
    FOUND,
    MAYBE,
    PLACES,
    SQUARE,
    TABLE,
    WORDS,
    A,
    array,
    formulas,
    last,
    plain,
    shown,
    t,
)

from xlsxattn.a1 import Area
from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Entry,
    LargestLabel,
    Lookup,
    Numbering,
    Reduction,
    Slice,
    Step,
    Text,
    Verdict,
    header_of,
)
from xlsxattn.functions import row_sum, total, where

ROWS = MAYBE.T  # rows of three, each a column of cells
OF_TWO = Step("Of_two", MAYBE + 0, None, TABLE.column_labels)


def largest(node):
    return Reduction("max", "all", Elementwise("abs", node))


@pytest.mark.parametrize(
    ("expression", "first", "final"),
    [
        (FOUND * 2, "IF(ISNUMBER(C17),C17*2,", "IF(ISNUMBER(D17),D17*2,"),
        (MAYBE + FOUND, "IF(AND(ISNUMBER(C40),ISNUMBER(C$17)),C40+C$17,",
         "IF(AND(ISNUMBER(D42),ISNUMBER(D$17)),D42+D$17,"),
        (where(FOUND.greater(1), FOUND, 0), "IF(ISNUMBER(C17),IF(C17>1,C17,0),",
         "IF(ISNUMBER(D17),IF(D17>1,D17,0),"),
        (MAYBE.T * 2, "IF(ISNUMBER($C$40),$C$40*2,", "IF(ISNUMBER($D$42),$D$42*2,"),
        (Slice(MAYBE, range(1, 3), range(2)) / t, "IF(ISNUMBER(C41),C41/t,",
         "IF(ISNUMBER(D42),D42/t,"),
        (Numbering("row", MAYBE) * FOUND, "IF(ISNUMBER(C$17),ROWS($C$40:$C40)*C$17,",
         "IF(ISNUMBER(D$17),ROWS($C$40:$C42)*D$17,"),
    ],
)  # fmt: skip
def test_elements(expression, first, final):
    """Each cell that is read holds a number, or there is a dash."""
    assert (shown(expression), last(expression)) == (f'={first}"–")', f'={final}"–")')


@pytest.mark.parametrize(
    ("expression", "first", "final"),
    [
        (MAYBE, "C40", "D42"),
        (MAYBE.T, "$C$40", "$D$42"),
        (Slice(MAYBE, range(1, 3), range(2)), "C41", "D42"),
        (Slice(MAYBE, range(1, 3), range(1, 2)).T, "$D41", "$D42"),
    ],
)
def test_copies(expression, first, final):
    """A copy of a dash is a dash, without any guard."""
    assert (shown(expression), last(expression)) == (f"={first}", f"={final}")


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (Numbering("row", MAYBE), 'IFERROR(ROWS($C$40:$C40),"–")'),
        (ColumnCount(MAYBE), 'IFERROR(COLUMNS(Maybe),"–")'),
        (ColumnCount(MAYBE) * t, 'IFERROR(COLUMNS(Maybe)*t,"–")'),
    ],
)
def test_counting_cells(expression, formula):
    """How many cells there are is known, whatever they show."""
    assert shown(expression) == f"={formula}"


@pytest.mark.parametrize(
    ("expression", "first", "final"),
    [
        (FOUND @ TABLE.T, "IF(COUNT($C17:$D17)=2,SUMPRODUCT($C17:$D17,$G12:$H12),",
         "IF(COUNT($C17:$D17)=2,SUMPRODUCT($C17:$D17,$G14:$H14),"),
        (MAYBE.T @ SQUARE, "IF(COUNT($C$40:$C$42)=3,SUMPRODUCT($C$40:$C$42,C$12:C$14),",
         "IF(COUNT($D$40:$D$42)=3,SUMPRODUCT($D$40:$D$42,E$12:E$14),"),
        (SQUARE @ MAYBE, "IF(COUNT(C$40:C$42)=3,MMULT($C12:$E12,C$40:C$42),",
         "IF(COUNT(D$40:D$42)=3,MMULT($C14:$E14,D$40:D$42),"),
        (MAYBE @ MAYBE.T,
         "IF(AND(COUNT($C40:$D40)=2,COUNT($C$40:$D$40)=2),SUMPRODUCT($C40:$D40,$C$40:$D$40),",
         "IF(AND(COUNT($C42:$D42)=2,COUNT($C$42:$D$42)=2),SUMPRODUCT($C42:$D42,$C$42:$D$42),"),
        (FOUND @ TABLE.T / t, "IF(COUNT($C17:$D17)=2,SUMPRODUCT($C17:$D17,$G12:$H12)/t,",
         "IF(COUNT($C17:$D17)=2,SUMPRODUCT($C17:$D17,$G14:$H14)/t,"),
    ],
)  # fmt: skip
def test_products(expression, first, final):
    """SUMPRODUCT takes a dash for 0, so the numbers of both lines are counted."""
    assert (shown(expression), last(expression)) == (f'={first}"–")', f'={final}"–")')


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (total(MAYBE), "IF(COUNT(Maybe)=6,SUM(Maybe),"),
        (row_sum(MAYBE), "IF(COUNT(C40:D40)=2,SUM(C40:D40),"),
        (row_sum(ROWS), "IF(COUNT(C$40:C$42)=3,SUM(C$40:C$42),"),
        (Reduction("max", "column", MAYBE), "IF(COUNT(C40:C42)=3,MAX(C40:C42),"),
        (total(MAYBE * TABLE), "IF(COUNT(Maybe)=6,SUMPRODUCT(Maybe,Table),"),
        (row_sum(MAYBE**2), "IF(COUNT(C40:D40)=2,SUMSQ(C40:D40),"),
        (total((TABLE - MAYBE) ** 2), "IF(COUNT(Maybe)=6,SUMXMY2(Table,Maybe),"),
        (total(MAYBE.greater(t)), "IF(COUNT(Maybe)=6,SUMPRODUCT(--(Maybe>t)),"),
        (largest(MAYBE), "IF(COUNT(Maybe)=6,MAX(MAX(Maybe),-MIN(Maybe)),"),
        (largest(MAYBE - t), "IF(COUNT(Maybe)=6,MAX(MAX(Maybe)-t,t-MIN(Maybe)),"),
    ],
)
def test_reductions(expression, formula):
    """SUM and its like pass over a dash, so the cells that they read are counted first."""
    assert shown(expression) == f'={formula}"–")'


def test_scalars_beside_a_range():
    """What a range is compared with, or measured from, is guarded like the range."""
    found = 'INDEX(Table,MATCH("cat",Words,0),1)'
    entry = Entry(TABLE, "cat", 0)
    assert shown(largest(A - entry)) == (
        f'=IF(ISNUMBER({found}),MAX(MAX(A)-{found},{found}-MIN(A)),"–")'
    )
    assert shown(largest(MAYBE - entry)) == (
        f'=IF(AND(COUNT(Maybe)=6,ISNUMBER({found})),MAX(MAX(Maybe)-{found},{found}-MIN(Maybe)),"–")'
    )
    assert shown(total(A.less(entry * 2))) == (
        f'=IF(ISNUMBER({found}),SUMPRODUCT(--(A<{found}*2)),"–")'
    )


def test_labels():
    """The largest of a row is known where all of the row is; texts are counted by their dashes."""
    labels = Step("Labels", LargestLabel(OF_TWO))
    places = PLACES | {
        OF_TWO: Area("Main", 45, 3, 3, 2),
        header_of(OF_TWO): Area("Main", 44, 3, 1, 2),
        labels: Area("Main", 45, 6, 3, 1),
    }
    (formula,) = formulas(labels, places)
    assert formula.at(2) == (
        'IF(COUNT(C47:D47)=2,INDEX($C$44:$D$44,1,MATCH(MAX(C47:D47),C47:D47,0)),"–")'
    )
    count = Step("Count", total(labels.equal(Text("animal"))))
    (formula,) = formulas(count, places | {count: Area("Main", 50, 3, 1, 1)})
    assert formula.shown == ('=IF(COUNTIF(Labels,"–")=0,SUMPRODUCT(--(Labels="animal")),"–")')


def test_an_entry_alone():
    """A step that is nothing but an entry, or a row found, shows the dash of its error."""
    found = 'INDEX(Table,MATCH("cat",Words,0),1)'
    assert shown(Entry(TABLE, "cat", 0)) == f'=IFERROR({found},"–")'
    there = Entry(MAYBE, 1, 0)
    assert shown(there) == '=IFERROR(INDEX(Maybe,2,1),"–")'
    assert shown(there + t) == '=IF(ISNUMBER(INDEX(Maybe,2,1)),INDEX(Maybe,2,1)+t,"–")'
    looked_up = Lookup(Text("cat"), WORDS, TABLE, strict=False)
    assert shown(looked_up) == '=IFERROR(INDEX(G12:G14,MATCH("cat",Words,0)),"–")'


def test_guards_on_a_plain_sheet():
    """The guards have no signs and no names either."""
    (formula,) = plain(FOUND @ TABLE.T)
    assert formula.shown == '=IF(COUNT(C17:D17)=2,SUMPRODUCT(C17:D17,G12:H12),"–")'
    (formula,) = plain(total(MAYBE))
    assert formula.shown == '=IF(COUNT(C40:D42)=6,SUM(C40:D42),"–")'


def test_guards_in_an_array():
    """What may be absent has no block form: every cell has its guard, as ever."""
    formula = array(FOUND @ TABLE.T)
    assert (formula.array, formula.each) == (False, True)
    assert formula.shown == '{=IF(COUNT($C17:$D17)=2,SUMPRODUCT($C17:$D17,$G12:$H12),"–")}'


# --- claims ---------------------------------------------------------------------------


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
    claim = Verdict(total(FOUND).greater(0))
    assert shown(claim) == ('=IFERROR(IF(COUNT(Found)=2,IF(SUM(Found)>0,"✓","✗"),"–"),"–")')
