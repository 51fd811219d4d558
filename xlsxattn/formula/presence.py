"""Guards: a dash instead of a result while a word that a formula reads is absent.

A guard rather than IFERROR wherever there are cells to guard, for SUM, MAX and SUMPRODUCT
pass over a dash without an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from xlsxattn.a1 import quote_text
from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Entry,
    JoinedText,
    LargestLabel,
    Lookup,
    Matrix,
    Numbering,
    Product,
    Reduction,
    Tally,
    Verdict,
    optional_sources,
)
from xlsxattn.expression.operations import ATOM, COMPARISON, SIGN, SUM
from xlsxattn.formula.cells import DASH, ZERO
from xlsxattn.formula.found import FindingPrinter
from xlsxattn.formula.text import Piece, Printed
from xlsxattn.formula.views import is_view


def is_count(node: Matrix) -> bool:
    """Whether a node is a whole number whatever stands in the cells: counts, added up."""
    if isinstance(node, Elementwise) and node.operation == "add":
        return all(map(is_count, node.operands))
    return isinstance(node, (Tally, ColumnCount))


class GuardingPrinter(FindingPrinter):
    """Prints what one cell computes, or a dash where it reads one."""

    def print_guarded(self, node: Matrix) -> Printed:
        """The whole formula of a cell; a verdict and a lookup have guards of their own."""
        printed = self.print_number(node)
        if not node.optional or isinstance(node, (Verdict, Lookup)):
            return printed
        return self.dash_if_absent(node, printed)

    def dash_if_absent(self, node: Matrix, printed: Printed) -> Printed:
        """The formula, or a dash where an operand shows one."""
        if is_view(node):  # a copy of a dash is a dash
            return printed
        guards = [] if isinstance(node, Entry) else list(dict.fromkeys(self.guards(node)))
        if not guards:
            return self.call("IFERROR", printed, DASH)
        return self.call("IF", self.all_of(guards), printed, DASH)

    def all_of(self, conditions: Sequence[Printed]) -> Printed:
        return conditions[0] if len(conditions) == 1 else self.call("AND", *conditions)

    # --- the conditions of a formula ---

    def guards(self, node: Matrix) -> Iterator[Printed]:
        """The conditions under which everything that a cell's formula reads is present."""
        if not node.optional or isinstance(node, (Numbering, ColumnCount)):
            return  # which cells there are is known, whatever they show
        if is_view(node) or isinstance(node, (Entry, Lookup)):
            yield self.is_present(node, self.print(node))
        elif isinstance(node, Reduction):
            yield from self.guards_of_reduced(node, node.operands[0])
        elif isinstance(node, (Product, LargestLabel)):
            for index, operand in enumerate(node.operands):
                if operand.optional:
                    axis, count = ("column", operand.rows) if index else ("row", operand.columns)
                    yield self.is_full(operand, self.line(axis, self.view(operand)), count)
        else:
            for operand in node.operands:
                yield from self.guards(operand)

    def guards_of_reduced(self, node: Reduction, part: Matrix) -> Iterator[Printed]:
        """The same for what a reduction is taken of: ranges, and scalars beside them."""
        if not part.optional:
            return
        of = node.operands[0]
        if is_view(part) and part.shape == of.shape:
            whole = node.axis == "all" or node.shape == (1, 1)
            lines = {"row": part.columns, "column": part.rows}
            count = part.rows * part.columns if whole else lines[node.axis]
            yield self.is_full(part, self.along(node, part), count)
        elif part.shape == of.shape and not isinstance(part, (Entry, Lookup)):
            for operand in part.operands:
                yield from self.guards_of_reduced(node, operand)
        else:
            yield from self.guards(part)

    def is_full(self, node: Matrix, cells: Printed, count: int) -> Printed:
        """Whether a range of so many cells has no dash."""
        if node.is_text:
            dashes = self.call("COUNTIF", cells, DASH)
            return Printed((*dashes.pieces, "=0"), COMPARISON)
        return Printed((*self.call("COUNT", cells).pieces, f"={count}"), COMPARISON)

    def is_present(self, node: Matrix, cell: Printed) -> Printed:
        """Whether a cell holds a result, and not the dash of an absent word."""
        if node.is_text:
            return Printed((*cell.pieces, "<>", *DASH.pieces), COMPARISON)
        return self.call("ISNUMBER", cell)

    # --- texts and claims ---

    def print_JoinedText(self, node: JoinedText) -> Printed:
        """``"next to "&$C$12``: a dash in the text where a part of it is absent."""
        pieces: list[Piece] = []
        for operand in node.operands:
            printed = self.print_guarded(operand)
            if not (operand.is_text or is_count(operand)):
                decimals = Printed((str(node.decimals),), ATOM)
                printed = self.call("ROUND", printed, decimals)
                printed = self.joined(printed, "add", ZERO)  # −0 would be written with its sign
                printed = self.call("FIXED", printed, decimals, Printed(("TRUE",), ATOM))
                printed = self.call("IFERROR", printed, DASH) if operand.optional else printed
            pieces += [*(["&"] if pieces else []), *self.at_least(SUM, printed)]
        if len(node.operands) == 1:  # a number alone would stay one
            pieces += ["&", quote_text("")]
        return Printed(tuple(pieces), COMPARISON)

    def print_Tally(self, node: Tally) -> Printed:
        """``COUNTIF(B120:B134,"✓")``: over the column in which the verdicts stand."""
        mark = Printed((quote_text(node.mark),), ATOM)
        areas = [self.place(verdict) for verdict in node.operands]
        if len(areas) == 1:  # IronCalc counts nothing in one cell
            truth = self.joined(self.address(areas[0]), "equal", mark)
            return Printed(("--(", *truth.pieces, ")"), SIGN)
        first, last = min(a.row for a in areas), max(a.row for a in areas)
        column = replace(areas[0], row=first, rows=last - first + 1)
        return self.call("COUNTIF", self.address(column), mark)

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
            verdict = ("IF(", *self.all_of(guards).pieces, ",", *verdict, ",", *DASH.pieces, ")")
        # Guards come first: SUM and MAX pass over a dash without an error.
        return self.call("IFERROR", Printed(verdict, ATOM), DASH)

    def presence(self, node: Matrix) -> Printed:
        """Whether an optional operand of a claim is there."""
        if node.placed:
            if node.shape == (1, 1):
                return self.is_present(node, self.whole(node))
            return self.is_full(node, self.whole(node), node.rows * node.columns)
        if isinstance(node, Entry):
            return self.is_present(node, self.print(node))
        assert isinstance(node, Lookup)
        word = self.print(node.words)
        return self.call("ISNUMBER", self.match(word, node.keys))
