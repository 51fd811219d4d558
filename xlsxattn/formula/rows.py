"""Row by row: how steps are printed that follow from a row above.

Where a word that is chosen from row t is read in row t + 1, no formula may read a row below its
own, or it would wait for itself. The ordinary formula of one cell reads only its own row of
most steps. Products do not: the scores of a row, and what it gathers with its weights, end at
the row itself, as they do in a causal model. So each row of such a step has a formula of its
own, and the sheet is the cache of keys and values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xlsxattn.a1 import Area
from xlsxattn.errors import FormulaError
from xlsxattn.expression import (
    Causal,
    ColumnCount,
    Continued,
    Elementwise,
    Joined,
    Lookup,
    Matrix,
    Number,
    Product,
    Reduction,
    Slice,
    Step,
    Transpose,
    dependents,
    is_of_shape,
    is_zero_beyond,
    postorder,
)
from xlsxattn.formula.searches import is_long_search

#: A part of a step, and where it stands.
Part = tuple[Matrix, Area]
#: What can be computed for one row alone, where its operands are.
SPLIT = (Elementwise, Product, Transpose, Slice, Causal, Reduction, Number, ColumnCount)


def loops(steps: Iterable[Matrix]) -> list[tuple[Matrix, ...]]:
    """The steps that a written row leads to and that lead to the next one, for each loop.

    Written rows come first, and every step after those that it reads.
    """
    found = []
    for step in steps:
        written = step.expression if isinstance(step, Step) else step
        if isinstance(written, Continued) and written.follows is not None:
            inside = dependents(written, [written.follows])
            found.append(tuple(node for node in inside if node.placed))
    return found


def require_causal(steps: Sequence[Matrix]) -> None:
    """FormulaError names the first step of a loop that reads a row below its own."""
    loop, rows = frozenset(steps), steps[0].rows
    for step in steps:
        if step.rows != rows:
            raise FormulaError(
                f"{step.name}: expected {rows} rows, for a word follows from each, got {step!r}"
            )
        if isinstance(step, Step):
            expression = step.expression
            for part in expression.operands if isinstance(expression, Joined) else (expression,):
                # What the first row reads of others is what every row reads of later ones.
                next(by_rows(step.name, part, Area("", 1, 1, *part.shape), loop, in_array=True))


def by_rows(
    name: str, node: Matrix, area: Area, loop: frozenset[Matrix], in_array: bool
) -> Iterator[Part]:
    """What stands in an area as one formula for all cells, or as one for each row.

    An array formula reads all that its cells read: ``in_array`` each row is one of its own.
    FormulaError names a step that reads a later row.
    """
    if isinstance(node, Continued):
        yield from _continued(node, area, in_array)
        return
    own = _reads_own_row(node, loop)
    if own and not (in_array and node.columns > 1 and _can_be_split(node)):
        yield node, area
        return
    if not _can_be_split(node):
        raise _refusal(name, node, loop)
    for row in range(node.rows):
        one = _Row(name, loop, row)
        for columns in _columns(node, row):
            part = one.part(node, range(row, row + 1), columns)
            yield part, area.part(row, columns.start, 1, len(columns))


def _continued(node: Continued, area: Area, in_array: bool) -> Iterator[Part]:
    """The rows that are typed, and those that are written, each from the row above it."""
    assert node.follows is not None
    across = range(node.columns)
    begun = node.typed.rows if node.blank is None else 1
    first = node.typed if node.blank is None else Slice(node.typed, range(1), across)
    yield first, area.part(0, 0, begun, node.columns)
    step = 1 if in_array else max(1, node.rows - begun)
    for row in range(begun, node.rows, step):
        following: Matrix = Slice(node.follows, range(row - 1, row - 1 + step), across)
        if node.blank is not None:
            typed = Slice(node.typed, range(row, row + step), across)
            following = Elementwise("where", typed.equal(node.blank), following, typed)
        yield following, area.part(row, 0, step, node.columns)


def _refusal(name: str, node: Matrix, loop: frozenset[Matrix]) -> FormulaError:
    found = postorder(node, until=lambda n: n.placed)
    read = next((o.name for n in found for o in n.operands if o in loop), node.name)
    return FormulaError(
        f"{name}: expected a step that reads its own row and those above, for a word follows "
        f"from each, got one that reads later rows of {read}"
    )


# --- one formula for all rows ---------------------------------------------------------


def _is_inside(node: Matrix, loop: frozenset[Matrix]) -> bool:
    """Whether a node reads steps of the loop."""
    if node.placed:
        return node in loop
    return not is_of_shape(node) and any(_is_inside(o, loop) for o in node.operands)


def _reads_own_row(node: Matrix, loop: frozenset[Matrix]) -> bool:
    """Whether the formula of a cell reads no row of the loop but its own."""
    if node.placed or not _is_inside(node, loop):
        return True
    if isinstance(node, (Transpose, Causal)):
        return False
    if isinstance(node, Slice) and node.rows < node.operands[0].rows:
        return False
    if isinstance(node, Reduction) and node.axis != "row":
        return False
    if isinstance(node, Product) and _is_inside(node.operands[1], loop):
        return False
    read = [operand for operand in node.operands if _is_inside(operand, loop)]
    return all(one.rows == node.rows and _reads_own_row(one, loop) for one in read)


# --- a formula for each row -----------------------------------------------------------


def _can_be_split(node: Matrix) -> bool:
    if node.placed or isinstance(node, ColumnCount):
        return True
    if isinstance(node, Lookup):
        return is_long_search(node)
    return isinstance(node, SPLIT) and all(map(_can_be_split, node.operands))


def _columns(node: Matrix, row: int) -> list[range]:
    """The columns of a row that have one formula: up to the diagonal, and beyond it."""
    below = postorder(node, until=lambda n: n.placed)
    if row + 1 < node.columns and any(isinstance(n, Causal) for n in below):
        return [range(row + 1), range(row + 1, node.columns)]
    return [range(node.columns)]


class _Row:
    """What one row of a step computes, from that row and those above."""

    def __init__(self, name: str, loop: frozenset[Matrix], row: int) -> None:
        self.name, self.loop, self.row = name, loop, row

    def part(self, node: Matrix, rows: range, columns: range) -> Matrix:
        """Some rows and columns (from 0) of what a node computes; FormulaError for later rows."""
        if node.placed and node in self.loop and rows.stop > self.row + 1:
            raise _refusal(self.name, node, self.loop)
        if (len(rows), len(columns)) == node.shape and not _is_inside(node, self.loop):
            return node
        if node.placed:
            return Slice(node, rows, columns)
        if isinstance(node, Slice):
            moved = (_moved(rows, node.row_range), _moved(columns, node.column_range))
            return self.part(node.operand, *moved)
        if isinstance(node, Number):
            return Number(node.number, (len(rows), len(columns)))
        if isinstance(node, Transpose):
            return Transpose(self.part(node.operands[0], columns, rows))
        if isinstance(node, Causal):
            if columns.start > self.row:
                return Number(node.beyond, (len(rows), len(columns)))
            return self.part(node.operands[0], rows, columns)
        if isinstance(node, Product):
            return self.product(node, rows, columns)
        if isinstance(node, Lookup):
            table = self.part(node.table, range(node.table.rows), columns)
            return self.part(node.words, rows, range(1)).equal(node.keys.T) @ table
        if isinstance(node, Reduction):
            inner = node.operands[0]
            if node.axis != "row":
                raise _refusal(self.name, node, self.loop)
            whole = self.part(inner, rows, range(inner.columns))
            return Reduction(node.operation, node.axis, whole)
        assert isinstance(node, Elementwise)
        operands = [(o, _along(rows, o.rows), _along(columns, o.columns)) for o in node.operands]
        return Elementwise(node.operation, *(self.part(*one) for one in operands))

    def product(self, node: Product, rows: range, columns: range) -> Matrix:
        """The rows of the right operand that the row sees: beyond them all weights are 0."""
        left, right = node.operands
        seen = range(left.columns)
        if is_zero_beyond(left) and left.rows == left.columns:
            seen = range(rows.stop)
        return self.part(left, rows, seen) @ self.part(right, seen, columns)


def _along(part: range, length: int) -> range:
    """The part of an operand, which is broadcast where its length is 1."""
    return range(1) if length == 1 else part


def _moved(part: range, into: range) -> range:
    return range(part.start + into.start, part.stop + into.start)
