"""What the printers of one cell and of whole blocks have in common: operators and leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xlsxattn.a1 import Area, quote_sheet, quote_text
from xlsxattn.errors import FormulaError
from xlsxattn.expression import (
    OPERATIONS,
    Elementwise,
    Matrix,
    Number,
    Shape,
    Text,
    folded,
    is_comparison,
)
from xlsxattn.expression.operations import ATOM, POWER, SIGN, TERM
from xlsxattn.formula.text import Piece, Printed

Places = Mapping[Matrix, Area]


@dataclass(frozen=True)
class Surroundings:
    """What a printer needs to know beside the expression.

    ``area`` is where the formula stands, ``places`` where the placed nodes do. On a ``plain``
    sheet, whose blocks are filled to the right, references to the sheet itself are written
    without names and ``$``, so that every epoch of training has the same formulas.
    """

    area: Area
    places: Places
    plain: bool = False
    #: The steps that are array formulas: nothing but an array may read them.
    arrays: frozenset[Matrix] = frozenset()


class Printer:
    """Prints expressions for one block: each kind of node has one method."""

    def __init__(self, surroundings: Surroundings, shape: Shape) -> None:
        self.surroundings, self.area, self.shape = surroundings, surroundings.area, shape

    def print(self, node: Matrix) -> Printed:
        if node.placed:
            return self.print_placed(node)
        method = getattr(self, f"print_{type(node).__name__}", None)
        if method is None:
            raise FormulaError(f"{node!r}: expected a kind of node with an Excel form, got none")
        printed: Printed = method(node)
        return printed

    def print_placed(self, node: Matrix) -> Printed:
        raise NotImplementedError

    # --- where nodes stand ---

    def place(self, node: Matrix) -> Area:
        try:
            return self.surroundings.places[node]
        except KeyError:
            raise FormulaError(f"{node!r}: expected a place on a sheet, got none") from None

    def sheet(self, area: Area) -> str:
        return "" if area.sheet == self.area.sheet else quote_sheet(area.sheet) + "!"

    def is_plain(self, area: Area) -> bool:
        return self.surroundings.plain and area.sheet == self.area.sheet

    def whole(self, node: Matrix) -> Printed:
        """All cells of a placed node: its name, or its address on another sheet."""
        area = self.place(node)
        if node.name and area.sheet == self.area.sheet and not self.surroundings.plain:
            return Printed((node.name,), ATOM)
        return self.address(area)

    def address(self, area: Area) -> Printed:
        """All cells of an area by their address."""
        if self.is_plain(area):
            return Printed((area.relative,), ATOM)
        return Printed((self.sheet(area) + area.absolute,), ATOM)

    # --- leaves and operators ---

    def print_Number(self, node: Number) -> Printed:
        number = node.number
        text = str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
        return Printed((text.upper(),), SIGN if number < 0 else ATOM)

    def print_Text(self, node: Text) -> Printed:
        return Printed((quote_text(node.text),), ATOM)

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

    def joined(self, left: Printed, operation: str, right: Printed) -> Printed:
        """Two printed operands with an operator between them."""
        symbol, precedence = OPERATIONS[operation].excel, OPERATIONS[operation].binds
        assert precedence is not None
        # A signed number may open a sum or a term, but not a power.
        lowest = ATOM if precedence == POWER else precedence
        pieces = (
            *self.at_least(lowest, left), symbol, *self.at_least(precedence + 1, right)
        )  # fmt: skip
        return Printed(pieces, precedence)

    def print_Elementwise(self, node: Elementwise) -> Printed:
        if node.operation == "negate":
            return self.print_negated(self.print(node.operands[0]))
        operation = OPERATIONS[node.operation]
        if operation.binds is not None:
            left, right = (
                self.print_number(operand) if operation.compares else self.print(operand)
                for operand in node.operands
            )
            return self.joined(left, node.operation, right)
        conditions = {"where": 1, "and": len(node.operands)}.get(node.operation, 0)
        return self.call(
            operation.excel,
            *(self.print(o) for o in node.operands[:conditions]),
            *(self.print_number(o) for o in node.operands[conditions:]),
        )

    def print_negated(self, printed: Printed) -> Printed:
        """``-A``, ``-(A+B)``, but ``-1*A^2/B``: IronCalc loses the parentheses of -(A^2/B)."""
        if printed.precedence in (TERM, POWER):
            return Printed(("-1*", *printed.pieces), TERM)
        return Printed(("-", *self.at_least(ATOM, printed)), SIGN)

    def print_number(self, node: Matrix) -> Printed:
        """A truth value as 1 or 0: SUM passes over TRUE, and TRUE is not 1 in a comparison."""
        printed, simple = self.print(node), folded(node)
        conjoined = isinstance(simple, Elementwise) and simple.operation == "and"
        if conjoined or is_comparison(simple):
            return Printed(("--(", *printed.pieces, ")"), SIGN)
        return printed
