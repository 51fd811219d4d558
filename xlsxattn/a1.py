"""Addresses, areas, quoting and legal names: the grammar of a spreadsheet.

Rows and columns count from 1, as on the sheet.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from xlsxattn.errors import LayoutError

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_FORMULA_LENGTH = 8_192
MAX_LITERAL = 255
MAX_NESTING = 64
MAX_OPERANDS = 255
MAX_SHEET_TITLE = 31
MAX_NAME_LENGTH = 255
MAX_NUMBER = 1e15  # a spreadsheet keeps 15 digits

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")
# In R1C1 notation R, C, R1, C1, R1C1 are addresses in every version of Excel.
_R1C1 = re.compile(r"([Rr][0-9]*)?([Cc][0-9]*)?\Z")
# Excel forbids all but !, after which IronCalc looks for a cell, quoted or not.
_FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\!]")


@cache
def column_letters(column: int) -> str:
    """The letters of a column: 1 is ``A``, 27 is ``AA``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@cache
def column_number(letters: str) -> int:
    """The number of a column: ``A`` is 1, ``AA`` is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def address(row: int, column: int) -> str:
    """The address of one cell, ``C5``."""
    return f"{column_letters(column)}{row}"


def parse_address(text: str) -> tuple[int, int]:
    """Row and column of ``C5`` or ``$C$5``; ValueError for anything else."""
    match = _ADDRESS.match(text)
    if not match:
        raise ValueError(f"expected an address such as C5, got {text!r}")
    return int(match[2]), column_number(match[1])


def quote_sheet(title: str) -> str:
    """A sheet's title as it stands before ``!``, always quoted."""
    return "'" + title.replace("'", "''") + "'"


def quote_text(text: str) -> str:
    """A text as a literal inside a formula."""
    return '"' + text.replace('"', '""') + '"'


def number_text(number: float) -> str:
    """A number in the fewest digits that are that number, without an exponent: ``0.00001``."""
    text = format(Decimal(repr(float(number))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_legal_name(name: str) -> bool:
    """Whether every engine takes ``name`` for a defined name and nothing else.

    Stricter than Excel: ASCII only, and nothing that reads as an address
    (``Q1``, ``WQ1``, ``R``, ``C``, ``R1C1``), which some engines resolve silently.
    """
    return not why_illegal(name)


def why_illegal(name: str) -> str:
    """What a name is that cannot be a defined name; empty for a legal one."""
    if len(name) > MAX_NAME_LENGTH:
        return f"longer than {MAX_NAME_LENGTH} characters"
    if _NAME.match(name) is None:
        return "not made of letters, digits and _"
    if _ADDRESS.match(name) is not None:
        return "the address of a cell"
    if _R1C1.match(name) is not None:
        return "the address of a row, a column or a cell"
    return "a truth value" if name.upper() in ("TRUE", "FALSE") else ""


def sheet_title(text: str, taken: tuple[str, ...] = ()) -> str:
    """A legal, free sheet title made from any text (31 characters, no ``[]:*?/\\!``)."""
    # An apostrophe is legal, but Gnumeric then finds no name on the sheet.
    legal = _FORBIDDEN_IN_TITLE.sub(" ", text).replace("'", "’")
    base = _shortened(legal, MAX_SHEET_TITLE) or "Sheet"
    if base.lower() == "history":  # Excel keeps this one for itself
        base = "History of"
    lowered = {title.lower() for title in taken}
    title, number = base, 2
    while title.lower() in lowered:
        tail = f" {number}"
        title, number = _shortened(base, MAX_SHEET_TITLE - len(tail)) + tail, number + 1
    return title


def _shortened(text: str, length: int) -> str:
    """The text in at most so many UTF-16 units, as Excel counts, without loose ends.

    A longer one ends where a clause does, or else a word, if that leaves half of the room.
    """
    cut = text
    while len(cut.encode("utf-16-le")) > 2 * length:
        cut = cut[:-1]
    if cut != text:
        ends = (max(map(cut.rfind, marks)) for marks in (",;:·，；：", " "))
        cut = next((cut[:end] for end in ends if end >= length // 3), cut)
    return cut.strip(" '")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells on one sheet."""

    sheet: str
    row: int
    column: int
    rows: int
    columns: int

    def __post_init__(self) -> None:
        if self.last_row > MAX_ROWS or self.last_column > MAX_COLUMNS:
            raise LayoutError(
                f"sheet {self.sheet!r}: expected at most {MAX_ROWS} rows and {MAX_COLUMNS} "
                f"columns, got a block that ends at row {self.last_row}, "
                f"column {self.last_column}"
            )

    @property
    def last_row(self) -> int:
        return self.row + self.rows - 1

    @property
    def last_column(self) -> int:
        return self.column + self.columns - 1

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.columns

    @property
    def relative(self) -> str:
        """``C5:F9``, or ``C5`` for one cell."""
        return self._text(address(self.row, self.column), address(self.last_row, self.last_column))

    @property
    def absolute(self) -> str:
        """``$C$5:$F$9``, or ``$C$5`` for one cell."""
        first, last = column_letters(self.column), column_letters(self.last_column)
        return self._text(f"${first}${self.row}", f"${last}${self.last_row}")

    @property
    def with_sheet(self) -> str:
        """``'Sheet'!$C$5:$F$9``, as a defined name wants it."""
        return f"{quote_sheet(self.sheet)}!{self.absolute}"

    def _text(self, first: str, last: str) -> str:
        return first if self.rows == self.columns == 1 else f"{first}:{last}"

    def part(self, row: int, column: int, rows: int = 1, columns: int = 1) -> "Area":
        """The area inside this one that starts ``row`` and ``column`` (from 0) further on."""
        return Area(self.sheet, self.row + row, self.column + column, rows, columns)

    def cells(self) -> list[tuple[int, int]]:
        """Row and column of every cell, row by row."""
        return [
            (row, column)
            for row in range(self.row, self.last_row + 1)
            for column in range(self.column, self.last_column + 1)
        ]


def parse_area(text: str) -> Area:
    """``'Sheet'!$C$5:$F$9`` as an area; ValueError for anything else."""
    sheet, mark, cells = text.rpartition("!")
    if not mark:
        raise ValueError(f"expected an area with its sheet, got {text!r}")
    if sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    first, _, last = cells.partition(":")
    row, column = parse_address(first)
    last_row, last_column = parse_address(last or first)
    return Area(sheet, row, column, last_row - row + 1, last_column - column + 1)
