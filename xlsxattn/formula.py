"""A node as Excel text, given where the placed nodes stand.

A step becomes one of two things, and this module decides which:

* *elementwise*: one ordinary formula per cell with relative references,
  ``=EXP(C28-$H28)``, so that a click shows the arithmetic and fill-down works;
* *whole*: one classic array formula over the block,
  ``{=MMULT(Q_cat,TRANSPOSE(K_cat))}``, for a step that needs whole matrices.

Broadcasting is anchoring: a row vector prints as ``C$15``, a column vector as
``$G20``, a scalar by its name. On a sheet whose blocks are filled to the right, where an
epoch of training stands beside the one before it, references to the sheet itself are plain
addresses without names and ``$``, so that every epoch has the same formulas. Only forms
that Excel 2010, LibreOffice 7.4, Gnumeric and IronCalc all compute alike are ever printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

from xlsxattn.a1 import (
    MAX_FORMULA_LENGTH,
    MAX_LITERAL,
    MAX_NESTING,
    MAX_OPERANDS,
    Area,
    column_letters,
    quote_sheet,
    quote_text,
)
from xlsxattn.errors import FormulaError
from xlsxattn.expression import (
    ABSENT,
    ColumnCount,
    Elementwise,
    Entry,
    Joined,
    LargestLabel,
    Lookup,
    Matrix,
    Number,
    Numbering,
    Product,
    Recurrence,
    Reduction,
    Shape,
    Slice,
    Step,
    Text,
    Transpose,
    Verdict,
    Words,
    is_comparison,
    optional_sources,
)

Places = Mapping[Matrix, Area]
#: The titles of sheets whose blocks are filled to the right.
Filled = Set[str]

#: So many comparisons of words, and a lookup becomes one product with one-hot rows.
LONG_SEARCH = 200_000
#: What a cell shows when its word is absent from the sentence.
DASH = quote_text(ABSENT)

# Excel binds a sign tighter than a power: -2^2 is 4. Parentheses make both readings one.
COMPARISON, SUM, TERM, POWER, SIGN, ATOM = range(6)

OPERATORS = {
    "add": ("+", SUM),
    "subtract": ("-", SUM),
    "multiply": ("*", TERM),
    "divide": ("/", TERM),
    "power": ("^", POWER),
    "less": ("<", COMPARISON),
    "less_equal": ("<=", COMPARISON),
    "equal": ("=", COMPARISON),
    "not_equal": ("<>", COMPARISON),
    "greater_equal": (">=", COMPARISON),
    "greater": (">", COMPARISON),
}
FUNCTIONS = {
    "exp": "EXP",
    "ln": "LN",
    "sqrt": "SQRT",
    "tanh": "TANH",
    "sin": "SIN",
    "cos": "COS",
    "abs": "ABS",
    "where": "IF",
    "and": "AND",
    "maximum": "MAX",
    "minimum": "MIN",
    "sum": "SUM",
    "max": "MAX",
    "min": "MIN",
    "mean": "AVERAGE",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference inside a formula that is filled over a block.

    Row and column are those of the block's first cell; they move with the cell
    unless fixed. A ``plain`` one has no ``$`` all the same.
    """

    sheet: str
    row: int
    column: int
    fixed_row: bool
    fixed_column: bool
    plain: bool = False

    @property
    def row_sign(self) -> str:
        return "$" if self.fixed_row and not self.plain else ""

    @property
    def column_sign(self) -> str:
        return "$" if self.fixed_column and not self.plain else ""

    def at(self, row: int, column: int) -> str:
        letters = column_letters(self.column if self.fixed_column else self.column + column)
        number = self.row if self.fixed_row else self.row + row
        return f"{self.sheet}{self.column_sign}{letters}{self.row_sign}{number}"


Piece = str | Reference


class Printed(NamedTuple):
    """A printed expression, and how tightly its outermost operator binds."""

    pieces: tuple[Piece, ...]
    precedence: int


@dataclass(frozen=True)
class Formula:
    """What stands in an area: one array formula, or one formula filled over its cells."""

    area: Area
    pieces: tuple[Piece, ...]
    array: bool

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
            letters = column_letters(piece.column) if piece.fixed_column else "%s"
            number = str(piece.row) if piece.fixed_row else spell(piece.row + row)
            sheet = piece.sheet.replace("%", "%%")
            parts.append(f"{sheet}{piece.column_sign}{letters}{piece.row_sign}{number}")
            if not piece.fixed_column:
                moving.append(piece)
        template = "".join(parts)
        for column in range(self.area.columns):
            yield template % tuple(column_letters(p.column + column) for p in moving)

    @property
    def shown(self) -> str:
        """The first formula as a spreadsheet shows it: ``=C5/2`` or ``{=MMULT(…)}``."""
        return f"{{={self.at()}}}" if self.array else f"={self.at()}"


def formulas(step: Step, places: Places, filled: Filled = frozenset()) -> list[Formula]:
    """The formulas that fill the cells of a step; several where it joins parts.

    ``filled`` are the sheets whose blocks are filled to the right.
    """
    area = places[step]
    if isinstance(step.expression, Joined):
        return [
            formula
            for part, row, column in step.expression.offsets()
            if places.get(part) != (target := area.part(row, column, *part.shape))
            for formula in [_print(step.name, part, target, places, filled)]
        ]
    if isinstance(step.expression, Recurrence):
        return _recurrence(step.expression, area, places, filled)
    return [_print(step.name, step.expression, area, places, filled)]


def _recurrence(node: Recurrence, area: Area, places: Places, filled: Filled) -> list[Formula]:
    """One array formula a row, each of which reads the row above it."""
    X, W, U = node.operands
    if node.optional:
        raise FormulaError(f"recurrent: expected words that are always there, got {X!r}")
    printer = Printer(area, node.shape, places, array=True, plain=area.sheet in filled)
    words, (w, u) = printer.range_area(X), (printer.whole(m).pieces for m in (W, U))
    printed = []
    for row in range(node.rows):
        word = words.part(row, 0, 1, X.columns)
        pieces: tuple[Piece, ...] = (f"MMULT({printer.sheet(word)}{word.relative},", *u, ")")
        if row:
            above = area.part(row - 1, 0, 1, node.columns).relative
            pieces = (f"MMULT({above},", *w, ")+", *pieces)
        whole = _merged(("TANH(", *pieces, ")"))
        printed.append(Formula(area.part(row, 0, 1, node.columns), whole, array=True))
    return printed


def _print(name: str, expression: Matrix, area: Area, places: Places, filled: Filled) -> Formula:
    array = not is_elementwise(expression)
    printer = Printer(area, expression.shape, places, array, plain=area.sheet in filled)
    printed = printer.print_number(expression)
    if expression.optional and not isinstance(expression, (Verdict, Lookup)):
        printed = printer.dash_if_absent(expression, printed)
    formula = Formula(area, _merged(printed.pieces), array)
    length = len(formula.at(area.rows - 1, area.columns - 1)) + 1
    if length > MAX_FORMULA_LENGTH:
        raise FormulaError(
            f"{name}: expected a formula of at most {MAX_FORMULA_LENGTH} characters, "
            f"got {length}; name some of its parts as steps of their own"
        )
    _require_limits(name, formula.at())
    return formula


def _require_limits(name: str, text: str) -> None:
    """FormulaError where there is more nesting, or a longer list or text, than Excel takes."""
    operands: list[int] = []
    for token in re.findall(r'"(?:[^"]|"")*"' r"|'[^']*'|[(),]", text):
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


def _merged(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The same pieces with neighbouring texts joined."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, str) and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)


def is_elementwise(expression: Matrix) -> bool:
    """Whether each cell can be computed by an ordinary formula of its own."""
    if expression.placed or isinstance(expression, (Number, Text, Entry, Numbering, ColumnCount)):
        return True
    if isinstance(expression, Elementwise):
        return all(is_elementwise(operand) for operand in expression.operands)
    if isinstance(expression, Slice):
        return expression.operand.placed
    if isinstance(expression, Lookup):
        return expression.table.placed and not _is_long_search(expression)
    if isinstance(expression, Reduction):
        return _is_range(expression.operands[0]) or _dot_product(expression) is not None
    if isinstance(expression, (Verdict, LargestLabel)):
        return all(is_elementwise(operand) for operand in expression.operands)
    return False


def _is_long_search(node: Lookup) -> bool:
    """Whether a MATCH in every cell would take a spreadsheet longer than a product does."""
    return node.strict and node.rows * node.columns * node.table.rows > LONG_SEARCH


def _is_range(node: Matrix) -> bool:
    return node.placed or (isinstance(node, Slice) and node.operand.placed)


def _dot_product(node: Reduction) -> tuple[Matrix, Matrix] | None:
    """The two ranges of a sum of their products, which SUMPRODUCT takes without an array."""
    operand = node.operands[0]
    if (
        node.operation == "sum"
        and isinstance(operand, Elementwise)
        and operand.operation == "multiply"
        and operand.operands[0].shape == operand.operands[1].shape
        and all(_is_range(o) for o in operand.operands)
    ):
        return operand.operands[0], operand.operands[1]
    return None


def array_shapes(node: Elementwise) -> tuple[Shape, ...]:
    """The shapes that operands may have inside an array formula; none where all may be there.

    With others, some engine computes something else over whole ranges.
    """
    accepted = {
        "where": (node.shape, (1, 1)),
        "and": ((1, 1),),
        "maximum": ((1, 1),),
        "minimum": ((1, 1),),
    }
    return accepted.get(node.operation, ())


def has_array_form(node: Elementwise) -> bool:
    """Whether every engine computes an operation alike inside an array formula."""
    shapes = array_shapes(node)
    return not shapes or all(operand.shape in shapes for operand in node.operands)


class Printer:
    """Prints expressions for one block: each node kind has one method.

    ``shape`` is the block's; ``array`` tells whether operands stand for their whole
    areas or for the element that belongs to the cell; ``plain`` whether references to the
    block's own sheet are written without names and ``$``.
    """

    def __init__(
        self, area: Area, shape: Shape, places: Places, array: bool, plain: bool = False
    ) -> None:
        self.area, self.shape, self.places, self.array = area, shape, places, array
        self.plain = plain

    def print(self, node: Matrix) -> Printed:
        if node.placed:
            return self.whole(node) if self.array else self.element(node)
        method = getattr(self, f"print_{type(node).__name__}", None)
        if method is None:
            raise FormulaError(f"{node!r}: expected a kind of node with an Excel form, got none")
        printed: Printed = method(node)
        return printed

    # --- placed nodes ---

    def place(self, node: Matrix) -> Area:
        try:
            return self.places[node]
        except KeyError:
            raise FormulaError(f"{node!r}: expected a place on a sheet, got none") from None

    def sheet(self, area: Area) -> str:
        return "" if area.sheet == self.area.sheet else quote_sheet(area.sheet) + "!"

    def whole(self, node: Matrix) -> Printed:
        """All cells of a placed node: its name, or its address on another sheet."""
        area = self.place(node)
        if node.name and area.sheet == self.area.sheet and not self.plain:
            return Printed((node.name,), ATOM)
        return self.address(area)

    def address(self, area: Area) -> Printed:
        """All cells of an area by their address."""
        if self.is_plain(area):
            return Printed((area.relative,), ATOM)
        return Printed((self.sheet(area) + area.absolute,), ATOM)

    def is_plain(self, area: Area) -> bool:
        return self.plain and area.sheet == self.area.sheet

    def element(self, node: Matrix) -> Printed:
        """The element of a placed node that belongs to the cell."""
        if node.shape == (1, 1):
            return self.whole(node)
        return Printed((self.moving(self.place(node)),), ATOM)

    def moving(self, area: Area, row: int = 0, column: int = 0) -> Reference:
        """A reference that moves along the dimensions that the area shares with the block."""
        return Reference(
            self.sheet(area),
            area.row + row,
            area.column + column,
            fixed_row=area.rows == 1 and self.shape[0] > 1,
            fixed_column=area.columns == 1 and self.shape[1] > 1,
            plain=self.is_plain(area),
        )

    def range_area(self, node: Matrix) -> Area:
        """The area of a placed node, or of a slice of one."""
        if isinstance(node, Slice):
            inner = self.range_area(node.operand)
            return inner.part(node.row_range.start, node.column_range.start, *node.shape)
        return self.place(node)

    def range(self, node: Matrix) -> Printed:
        if node.placed:
            return self.whole(node)
        return self.address(self.range_area(node))

    # --- leaves ---

    def print_Number(self, node: Number) -> Printed:
        number = node.number
        text = str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
        return Printed((text.upper(),), SIGN if number < 0 else ATOM)

    def print_Text(self, node: Text) -> Printed:
        return Printed((quote_text(node.text),), ATOM)

    # --- operations ---

    def call(self, function: str, *arguments: Printed) -> Printed:
        pieces: list[Piece] = [function + "("]
        for index, argument in enumerate(arguments):
            pieces += [",", *argument.pieces] if index else argument.pieces
        return Printed((*pieces, ")"), ATOM)

    def at_least(self, precedence: int, printed: Printed) -> tuple[Piece, ...]:
        """The pieces, in parentheses where the operator around binds tighter."""
        if printed.precedence < precedence:
            return ("(", *printed.pieces, ")")
        return printed.pieces

    def print_Elementwise(self, node: Elementwise) -> Printed:
        if node.operation == "negate":
            return Printed(("-", *self.at_least(ATOM, self.print(node.operands[0]))), SIGN)
        if node.operation in OPERATORS:
            symbol, precedence = OPERATORS[node.operation]
            left, right = (
                self.print_number(operand) if precedence == COMPARISON else self.print(operand)
                for operand in node.operands
            )
            # A signed number may open a sum or a term, but not a power.
            lowest = ATOM if precedence == POWER else precedence
            return Printed(
                (
                    *self.at_least(lowest, left),
                    symbol,
                    *self.at_least(precedence + 1, right),
                ),
                precedence,
            )
        if self.array:
            self._require_array_form(node)
        conditions = {"where": 1, "and": len(node.operands)}.get(node.operation, 0)
        return self.call(
            FUNCTIONS[node.operation],
            *(self.print(o) for o in node.operands[:conditions]),
            *(self.print_number(o) for o in node.operands[conditions:]),
        )

    def _require_array_form(self, node: Elementwise) -> None:
        if not has_array_form(node):
            shapes = array_shapes(node)
            raise FormulaError(
                f"{node.operation} inside an array formula: expected operands of "
                f"{' or '.join(f'{r}×{c}' for r, c in shapes)}, "
                f"got {', '.join(repr(o) for o in node.operands)}; name it as a step"
            )

    def print_Product(self, node: Product) -> Printed:
        return self.call("MMULT", *(self.print_number(operand) for operand in node.operands))

    def print_Transpose(self, node: Transpose) -> Printed:
        return self.call("TRANSPOSE", self.print_number(node.operands[0]))

    def print_Reduction(self, node: Reduction) -> Printed:
        function = FUNCTIONS[node.operation]
        operand = node.operands[0]
        if node.axis == "all" or node.shape == (1, 1):
            if (dot := _dot_product(node)) is not None:
                return self.call("SUMPRODUCT", *(self.range(o) for o in dot))
            if _is_range(operand):
                return self.call(function, self.range(operand))
            return self.call(function, self.print_number(operand))
        if self.array or not is_elementwise(node):
            raise FormulaError(
                f"{node.operation} along each {node.axis} of {operand!r}: expected a named "
                "step, got an expression; name it as a step of its own"
            )
        if (dot := _dot_product(node)) is not None:
            return self.call("SUMPRODUCT", *(self.line(node.axis, o) for o in dot))
        return self.call(function, self.line(node.axis, operand))

    def line(self, axis: str, node: Matrix) -> Printed:
        """The row (or column) of a range that belongs to the cell."""
        area = self.range_area(node)
        if axis == "row":
            fixed_row = area.rows == 1 and self.shape[0] > 1
            fixed_column = self.shape[1] > 1
            last = (area.row, area.last_column)
        else:
            fixed_row = self.shape[0] > 1
            fixed_column = area.columns == 1 and self.shape[1] > 1
            last = (area.last_row, area.column)
        fixed = (fixed_row, fixed_column, self.is_plain(area))
        first = Reference(self.sheet(area), area.row, area.column, *fixed)
        return Printed((first, ":", Reference("", *last, *fixed)), ATOM)

    def print_number(self, node: Matrix) -> Printed:
        """A truth value as 1 or 0: SUM passes over TRUE, and TRUE is not 1 in a comparison."""
        printed = self.print(node)
        joined = isinstance(node, Elementwise) and node.operation == "and"
        if joined or is_comparison(node):
            return Printed(("--(", *printed.pieces, ")"), SIGN)
        return printed

    def print_LargestLabel(self, node: LargestLabel) -> Printed:
        of, header = node.operands
        row = self.line("row", of)
        largest = self.call("MAX", row)
        labels = self.address(self.place(header))
        if of.columns == 1:  # no entry is taken from one cell: see print_Lookup
            return labels
        position = self.call("MATCH", largest, row, Printed(("0",), ATOM))
        # One index into a row of cells is a column in Excel, and an error in Gnumeric.
        return self.call("INDEX", labels, Printed(("1",), ATOM), position)

    def print_Slice(self, node: Slice) -> Printed:
        area = self.range_area(node)
        if self.array or node.shape == (1, 1):
            return self.range(node)
        return Printed((self.moving(area),), ATOM)

    def match(self, word: Printed, words: Words) -> Printed:
        whole = self.whole(words)
        if len(words) == 1:  # IronCalc finds nothing in a list of one cell
            return Printed(("IF(", *word.pieces, "=", *whole.pieces, ",1,NA())"), ATOM)
        return self.call("MATCH", word, whole, Printed(("0",), ATOM))

    def print_Lookup(self, node: Lookup) -> Printed:
        if self.array and _is_long_search(
            node
        ):  # one-hot rows, 1 where a word is the key, times the table
            keys = self.call("TRANSPOSE", self.print(node.keys))
            one_hot = ("--(", *self.print(node.words).pieces, "=", *keys.pieces, ")")
            return self.call("MMULT", Printed(one_hot, SIGN), self.print(node.table))
        if self.array:
            raise FormulaError(
                f"the row of a word of {node.table!r}: expected outside an array formula, "
                "got inside one; name it as a step"
            )
        table = self.place(node.table)
        fixed_column = table.columns == 1 and self.shape[1] > 1
        fixed = (True, fixed_column, self.is_plain(table))
        first = Reference(self.sheet(table), table.row, table.column, *fixed)
        last = Reference("", table.last_row, table.column, *fixed)
        word = self.print(node.words)
        column = Printed((first, ":", last), ATOM)
        if table.rows == 1:  # Gnumeric takes no entry from one cell
            found = self.only([(word, node.keys)], Printed((first,), ATOM))
        else:
            found = self.call("INDEX", column, self.match(word, node.keys))
        if node.strict:
            return found
        return self.call("IFERROR", found, Printed((DASH,), ATOM))

    def only(self, sought: list[tuple[Printed, Words]], cell: Printed) -> Printed:
        """The one cell of a table, if the words sought are those of its row and column."""
        pieces = [(*word.pieces, "=", *self.whole(words).pieces) for word, words in sought]
        conditions = [Printed(one, ATOM) for one in pieces]
        if not conditions:
            return cell
        condition = self.call("AND", *conditions) if conditions[1:] else conditions[0]
        return self.call("IF", condition, cell, Printed(("NA()",), ATOM))

    def print_Entry(self, node: Entry) -> Printed:
        indices, sought = [], []
        for key, labels in (
            (node.row, node.table.row_labels),
            (node.column, node.table.column_labels),
        ):
            if isinstance(key, int):
                indices.append(Printed((str(key + 1),), ATOM))
            else:
                assert isinstance(labels, Words)
                word = Printed((quote_text(key),), ATOM)
                indices.append(self.match(word, labels))
                sought.append((word, labels))
        if node.table.placed and node.table.shape == (1, 1):
            return self.only(sought, self.whole(node.table))
        return self.call("INDEX", self.whole(node.table), *indices)

    def print_Numbering(self, node: Numbering) -> Printed:
        """``ROWS(C$5:C5)``: counts on as it is filled down, wherever the block stands."""
        area = self.place(node.of)
        if self.array:
            raise FormulaError(f"numbering of {node.of!r}: expected outside a product; name it")
        by_row = node.axis == "row"
        plain = self.is_plain(area)
        first = Reference(self.sheet(area), area.row, area.column, True, True, plain)
        last = Reference(
            "",
            area.row,
            area.column,
            fixed_row=not by_row or (node.rows == 1 and self.shape[0] > 1),
            fixed_column=by_row or (node.columns == 1 and self.shape[1] > 1),
            plain=plain,
        )
        return self.call("ROWS" if by_row else "COLUMNS", Printed((first, ":", last), ATOM))

    def print_ColumnCount(self, node: ColumnCount) -> Printed:
        return self.call("COLUMNS", self.whole(node.of))

    def print_Verdict(self, node: Verdict) -> Printed:
        condition = self.print(node.condition)
        verdict: tuple[Piece, ...] = (
            *("IF(", *condition.pieces),
            f",{quote_text(Verdict.YES)},{quote_text(Verdict.NO)})",
        )
        guards = [self.presence(source) for source in optional_sources(node)]
        if node.when is not None:
            guards.insert(0, self.print(node.when))
        if guards:
            guard = guards[0] if len(guards) == 1 else self.call("AND", *guards)
            verdict = ("IF(", *guard.pieces, ",", *verdict, f",{DASH})")
        # Guards come first: SUM and MAX pass over a dash without an error.
        return self.call("IFERROR", Printed(verdict, ATOM), Printed((DASH,), ATOM))

    def dash_if_absent(self, node: Matrix, printed: Printed) -> Printed:
        """The formula, or a dash where an operand shows one.

        A guard rather than IFERROR wherever there is one cell to guard, for SUM and MAX pass
        over a dash without an error.
        """
        if self.array and node.shape != (1, 1):
            if any(source.rows > 1 for source in optional_sources(node)):
                raise FormulaError(
                    f"{node!r}: expected no matrix in which some rows may be absent inside an "
                    "array formula, got one; name its parts as steps"
                )
            return self.call("IFERROR", printed, Printed((DASH,), ATOM))
        guards = list(dict.fromkeys(self.guards(node)))
        if not guards:
            return self.call("IFERROR", printed, Printed((DASH,), ATOM))
        guard = guards[0] if len(guards) == 1 else self.call("AND", *guards)
        return self.call("IF", guard, printed, Printed((DASH,), ATOM))

    def guards(self, node: Matrix) -> Iterator[Printed]:
        """The conditions under which everything that a cell's formula reads is present."""
        for operand in node.operands:
            if not operand.optional:
                continue
            if isinstance(node, Reduction) and _is_range(operand):
                whole = node.axis == "all" or node.shape == (1, 1)
                cells = self.range(operand) if whole else self.line(node.axis, operand)
                lines = {"row": operand.columns, "column": operand.rows}
                count = operand.rows * operand.columns if whole else lines[node.axis]
                yield Printed((*self.call("COUNT", cells).pieces, f"={count}"), COMPARISON)
            elif isinstance(node, Reduction) and (dot := _dot_product(node)) is not None:
                for part in dot:
                    yield from self.guards(Reduction(node.operation, node.axis, part))
            elif self.array and operand.placed:
                yield self.presence(operand)
            elif operand.placed or isinstance(operand, (Entry, Lookup)) or _is_range(operand):
                yield self.present(operand, self.print(operand))
            else:
                yield from self.guards(operand)

    def present(self, node: Matrix, cell: Printed) -> Printed:
        """Whether a cell holds a result, and not the dash of an absent word."""
        if node.is_text:
            return Printed((*cell.pieces, "<>", DASH), COMPARISON)
        return self.call("ISNUMBER", cell)

    def presence(self, node: Matrix) -> Printed:
        """Whether an optional operand of a claim is there."""
        if node.placed:
            if node.shape == (1, 1):
                return self.present(node, self.whole(node))
            if node.is_text:
                count = self.call("COUNTIF", self.whole(node), Printed((DASH,), ATOM))
                return Printed((*count.pieces, "=0"), COMPARISON)
            count = self.call("COUNT", self.whole(node))
            return Printed((*count.pieces, f"={node.rows * node.columns}"), COMPARISON)
        if isinstance(node, Entry):
            return self.present(node, self.print(node))
        assert isinstance(node, Lookup)
        word = self.print(node.words)
        return self.call("ISNUMBER", self.match(word, node.keys))
