"""The grammar of a spreadsheet: addresses, areas, quoting, legal names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import column_index_from_string, get_column_letter

from xlsxattn.a1 import (
    MAX_COLUMNS,
    MAX_NAME_LENGTH,
    MAX_ROWS,
    Area,
    address,
    column_letters,
    column_number,
    is_legal_name,
    number_text,
    parse_address,
    parse_area,
    quote_sheet,
    quote_text,
    sheet_title,
)
from xlsxattn.errors import LayoutError

columns = st.integers(1, MAX_COLUMNS)
rows = st.integers(1, MAX_ROWS)


@pytest.mark.parametrize(
    ("column", "letters"),
    [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (702, "ZZ"), (703, "AAA"), (16_384, "XFD")],
)
def test_letters_of_a_column(column, letters):
    """Letters have no zero: after Z comes AA, after ZZ comes AAA."""
    assert column_letters(column) == letters
    assert column_number(letters) == column


@given(columns)
def test_letters_agree_with_openpyxl(column):
    """Every column has the letters that openpyxl gives it, and back."""
    assert column_letters(column) == get_column_letter(column)
    assert column_number(get_column_letter(column)) == column
    assert column_index_from_string(column_letters(column)) == column


def test_column_number_takes_small_letters():
    """The case of a column's letters does not matter."""
    assert column_number("xfd") == 16_384


@given(rows, columns)
def test_address_round_trip(row, column):
    """An address is read back as the row and column that it was made from."""
    assert parse_address(address(row, column)) == (row, column)


@pytest.mark.parametrize("text", ["C5", "$C5", "C$5", "$C$5", "c5"])
def test_parse_address_forms(text):
    """Anchors and letter case make no difference to where an address is."""
    assert parse_address(text) == (5, 3)


@pytest.mark.parametrize("text", ["", "C", "5", "5C", "C-5", "ABCD5", "C5:D6", "A 5", "S!C5", "Cα"])
def test_parse_address_refuses(text):
    """Anything but one address is refused, and the message names it."""
    with pytest.raises(ValueError, match=r"expected an address such as C5, got") as caught:
        parse_address(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("title", "quoted"),
    [("Sheet", "'Sheet'"), ("Bob's page", "'Bob''s page'"), ("一个词", "'一个词'"), ("A1", "'A1'")],
)
def test_quote_sheet(title, quoted):
    """A title is always quoted, and an apostrophe in it is doubled."""
    assert quote_sheet(title) == quoted


@pytest.mark.parametrize(
    ("text", "quoted"), [("mouse", '"mouse"'), ('say "hi"', '"say ""hi"""'), ("", '""')]
)
def test_quote_text(text, quoted):
    """A text literal has its quotes doubled."""
    assert quote_text(text) == quoted


@pytest.mark.parametrize(
    "name",
    ["Scores_cat", "W_Q", "d_k", "t", "X", "Mask_on", "Attention_head1_cat", "_x", "dW_Q", "a.b",
     "ABCD1", "RC_1", "Rows", "Claim_same_input"],
)  # fmt: skip
def test_legal_names(name):
    """Words, with underscores, dots and digits, are names in every engine."""
    assert is_legal_name(name)


@pytest.mark.parametrize(
    "name",
    ["Q1", "WQ1", "X2", "C2", "xfd1048576", "R", "C", "r", "c", "RC", "R1", "C1", "R1C1", "r2c",
     "TRUE", "false", "", "1x", "a b", "a-b", "h!Q", "Größe", "权重", "$A$1", ".x", "a\tb"],
)  # fmt: skip
def test_illegal_names(name):
    """What an engine reads as an address or a constant, or refuses, is no name."""
    assert not is_legal_name(name)


def test_longest_legal_name():
    """A name has at most 255 characters."""
    assert is_legal_name("n" * MAX_NAME_LENGTH)
    assert not is_legal_name("n" * (MAX_NAME_LENGTH + 1))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("One word", "One word"),
        ("Q/K: what? [1]*\\", "Q K  what   1"),
        ("'quoted'", "’quoted’"),
        ("Stop! Who is it!", "Stop  Who is it"),
        ("", "Sheet"),
        ("???", "Sheet"),
        ("x" * 40, "x" * 31),
    ],
)
def test_sheet_title(text, title):
    """Forbidden characters give way to spaces; an empty title to a plain one."""
    assert sheet_title(text) == title


def test_sheet_title_is_free():
    """A title that is taken, in any letter case, gets a number within 31 characters."""
    assert sheet_title("Mouse", ("mouse",)) == "Mouse 2"
    assert sheet_title("Mouse", ("mouse", "MOUSE 2")) == "Mouse 3"
    assert sheet_title("x" * 40, ("x" * 31,)) == "x" * 29 + " 2"


@given(st.text(st.characters(exclude_characters="'", exclude_categories=("Cs", "Cc"))))
def test_sheet_title_is_legal(text):
    """Whatever the text, the title has 1 to 31 characters and none that Excel refuses."""
    title = sheet_title(text)
    assert 1 <= len(title) <= 31
    assert not set(title) & set("[]:*?/\\")
    assert title.lower() != sheet_title(text, (title,)).lower()


def test_area_texts():
    """An area is written relative, absolute, and with its sheet."""
    area = Area("Bob's", 5, 3, 5, 4)
    assert area.relative == "C5:F9"
    assert area.absolute == "$C$5:$F$9"
    assert area.with_sheet == "'Bob''s'!$C$5:$F$9"
    assert (area.last_row, area.last_column, area.shape) == (9, 6, (5, 4))


def test_area_of_one_cell():
    """One cell is an address, not a range."""
    area = Area("S", 5, 3, 1, 1)
    assert (area.relative, area.absolute, area.with_sheet) == ("C5", "$C$5", "'S'!$C$5")


def test_area_part():
    """A part is counted from the area's own corner, on the same sheet."""
    area = Area("S", 5, 3, 5, 4)
    assert area.part(1, 2) == Area("S", 6, 5, 1, 1)
    assert area.part(0, 1, 5, 2) == Area("S", 5, 4, 5, 2)


def test_area_cells():
    """Cells come row by row."""
    assert Area("S", 5, 3, 2, 2).cells() == [(5, 3), (5, 4), (6, 3), (6, 4)]


def test_area_must_fit_the_sheet():
    """The last cell of a sheet is the limit, and the message says where the block would end."""
    assert Area("S", MAX_ROWS, MAX_COLUMNS, 1, 1).absolute == "$XFD$1048576"
    with pytest.raises(LayoutError, match=r"'S'.*at most 1048576 rows.*ends at row 1048577"):
        Area("S", MAX_ROWS, 1, 2, 1)
    with pytest.raises(LayoutError, match="column 16385"):
        Area("S", 1, MAX_COLUMNS, 1, 2)


@given(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1),
    st.integers(1, 1000),
    st.integers(1, 1000),
    st.integers(1, 50),
    st.integers(1, 50),
)
def test_area_round_trip(sheet, row, column, height, width):
    """An area with its sheet, whatever the sheet is called, is read back the same."""
    area = Area(sheet, row, column, height, width)
    assert parse_area(area.with_sheet) == area


def test_parse_area_without_quotes():
    """A plain title needs no quotes."""
    assert parse_area("Data!B2") == Area("Data", 2, 2, 1, 1)


@pytest.mark.parametrize("text", ["", "$C$5", "'S'!", "'S'!rubbish", "S!C5:rubbish"])
def test_parse_area_refuses(text):
    """An area has a sheet and one or two addresses."""
    with pytest.raises(ValueError, match="expected an a"):
        parse_area(text)


def test_sheet_title_in_utf_16():
    """Excel counts UTF-16 units: a mouse of its own plane is two."""
    title = sheet_title("🐭" * 20)
    assert len(title.encode("utf-16-le")) // 2 <= 31


def test_sheet_title_without_apostrophe():
    """An apostrophe would keep Gnumeric from finding the sheet's names."""
    assert sheet_title("a'b") == "a’b"
    assert sheet_title("History") != "History"


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1"), (0.5, "0.5"), (-2.0, "-2"), (1048576, "1048576"), (1e-12, "0.000000000001"),
     (0.1 + 0.2, "0.30000000000000004"), (1e15, "1000000000000000"), (100, "100"), (0, "0")],
)  # fmt: skip
def test_number_text(number, text):
    """All digits that a number has, and no exponent, which a list would show."""
    assert number_text(number) == text
    assert float(text) == number
