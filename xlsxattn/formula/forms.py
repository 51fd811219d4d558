"""Which node can be printed how: in one cell's formula, or in an array over a whole block.

The formula of one cell reads whole rows and columns only where they are plain ranges:
``MMULT``, ``SUMPRODUCT``, ``SUM`` and ``MAX`` of an expression would be cut down to one cell
by older programs. What else a product or a reduction is taken of needs cells of its own:
``builder.parts`` gives it some.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from xlsxattn.expression import (
    CharacterCodes,
    Column,
    ColumnCount,
    Continued,
    Elementwise,
    Entry,
    Largest,
    LargestLabel,
    Lookup,
    Matched,
    Matrix,
    Number,
    Numbering,
    Picked,
    Product,
    Recurrence,
    Reduction,
    RunningText,
    Shape,
    Slice,
    Step,
    Text,
    Transpose,
    is_comparison,
    postorder,
)
from xlsxattn.formula.rows import loops
from xlsxattn.formula.searches import is_long_search
from xlsxattn.formula.views import is_view

#: A product of more cells than these is an array formula, in a workbook left to itself: see
#: ``tests/benchmarks`` for what the two forms cost.
LARGE_PRODUCT = 16_384

#: What ``form`` may be: ordinary formulas, arrays from the first product on, or as it fits.
FORMS = ("auto", "cells", "arrays")

SUMS = ("sum", "mean")


# --- the formula of one cell ----------------------------------------------------------


def needs_cells(node: Matrix, operand: Matrix) -> bool:
    """Whether a node reads the cells of an operand that has none."""
    if isinstance(node, (Product, Transpose, Slice, Column, Recurrence, Largest, RunningText)):
        return not is_view(operand)
    if isinstance(node, (Picked, Matched)):
        return operand is not node.sought and not is_view(operand)
    if isinstance(node, CharacterCodes):
        return not operand.placed
    if isinstance(node, Continued):
        return node.blank is not None and not is_view(operand)
    if isinstance(node, Reduction):
        return not has_cell_form(node)
    if isinstance(node, Lookup) and operand is node.table and isinstance(operand, Slice):
        return not operand.operand.placed
    if isinstance(node, (LargestLabel, Numbering)):
        return not is_view(operand)
    if isinstance(node, (Lookup, Entry, ColumnCount)):
        return not operand.placed and not isinstance(operand, Text)
    return False


def has_cell_form(node: Reduction) -> bool:
    """Whether one function of plain ranges gives a reduction."""
    operand = node.operands[0]
    return (
        is_view(operand)
        or ranges_of_products(node) is not None
        or squared(node) is not None
        or counted(node) is not None
        or distance(node) is not None
    )


def ranges_of_products(node: Reduction) -> tuple[Matrix, Matrix] | None:
    """The two ranges of a sum or mean of their products, for SUMPRODUCT."""
    return _alike(node.operands[0], "multiply") if node.operation in SUMS else None


def squared(node: Reduction) -> tuple[Matrix, ...] | None:
    """One range whose squares are summed, for SUMSQ; or two, of whose differences, SUMXMY2.

    A mean is the sum over the count.
    """
    operand = node.operands[0]
    if node.operation not in SUMS or not is_power(operand, 2):
        return None
    base = operand.operands[0]
    return (base,) if is_view(base) else _alike(base, "subtract")


def counted(node: Reduction) -> Elementwise | None:
    """The comparison of a range with a scalar whose truths are summed, for SUMPRODUCT.

    Not COUNTIF, to which the word ``<BOS>`` is a condition.
    """
    operand = node.operands[0]
    if node.operation != "sum" or not (isinstance(operand, Elementwise) and is_comparison(operand)):
        return None
    of_range = [is_view(o) and o.shape == operand.shape for o in operand.operands]
    scalars = [o.shape == (1, 1) for o in operand.operands]
    fits = (of_range[0] and scalars[1]) or (scalars[0] and of_range[1])
    return operand if fits else None


def distance(node: Reduction) -> tuple[Matrix, Matrix | None] | None:
    """A range, and the scalar from which its furthest element is sought, for MAX and MIN."""
    operand = node.operands[0]
    if node.operation != "max" or not _is(operand, "abs"):
        return None
    inner = operand.operands[0]
    if is_view(inner):
        return inner, None
    if not _is(inner, "subtract"):
        return None
    of, origin = inner.operands
    return (of, origin) if is_view(of) and origin.shape == (1, 1) else None


def is_power(node: Matrix, exponent: float) -> bool:
    """Whether a node is a power with a certain number as its exponent."""
    if not _is(node, "power"):
        return False
    power = node.operands[1]
    return isinstance(power, Number) and power.number == exponent


def _is(node: Matrix, operation: str) -> bool:
    return isinstance(node, Elementwise) and node.operation == operation


def _alike(node: Matrix, operation: str) -> tuple[Matrix, Matrix] | None:
    """The operands of an operation on two ranges of one shape that lie the same way."""
    if not _is(node, operation):
        return None
    left, right = node.operands
    if left.shape != right.shape or not (is_view(left) and is_view(right)):
        return None
    return (left, right) if is_turned(left) == is_turned(right) else None


def is_turned(view: Matrix) -> bool:
    """Whether the rows of a view are columns on the sheet."""
    turned = False
    while not view.placed:
        turned ^= isinstance(view, Transpose)
        view = view.operands[0]
    return turned


# --- arrays over whole blocks ---------------------------------------------------------


def array_steps(steps: Iterable[Step], form: str = "auto") -> frozenset[Matrix]:
    """The steps that are array formulas: large products, and all that depends on an array.

    LibreOffice does not tell an ordinary formula with a stored value of a change behind an
    array that it reads, so there must be none. ``form`` is one of ``FORMS``.
    """
    if form == "cells":
        return frozenset()
    steps = list(steps)
    least = 1 if form == "arrays" else LARGE_PRODUCT
    if not any(_largest_product(step) > least for step in steps):
        return frozenset()
    arrays: set[Matrix] = set()
    _add_arrays(arrays, steps, least)
    if found := loops(steps):  # round and round: one array makes all of a loop arrays
        arrays.update(step for loop in found if not arrays.isdisjoint(loop) for step in loop)
        _add_arrays(arrays, steps, least)
    return frozenset(arrays)


def _add_arrays(arrays: set[Matrix], steps: Iterable[Step], least: int) -> None:
    """Add the steps with a large product, and those that read an array."""
    for step in postorder(*steps):
        if not isinstance(step, Step):
            continue
        own = list(postorder(step.expression, until=lambda node: node.placed))
        seed = _largest_product(step) > least or any(map(is_long_search, own))
        if seed or any(o in arrays for node in (step, *own) for o in values_read(node)):
            arrays.add(step)


def _largest_product(step: Step) -> int:
    own = postorder(step.expression, until=lambda node: node.placed)
    return max((n.rows * n.columns for n in own if isinstance(n, Product)), default=0)


def values_read(node: Matrix) -> tuple[Matrix, ...]:
    """The operands whose values a node depends on: a numbering only knows where it stands."""
    return () if isinstance(node, Numbering) else node.operands


def has_block_form(node: Matrix) -> bool:
    """Whether one array formula over a block gives a node, the same in every engine."""
    if node.optional or (node.shape == (1, 1) and not _has_inner_reduction(node)):
        return False
    return _fits_in_block(node)


def is_constant(node: Matrix) -> bool:
    """Whether a formula reads no cell: nothing can change it, not even behind an array."""
    return isinstance(node, Number) or (
        isinstance(node, Elementwise) and all(map(is_constant, node.operands))
    )


def _has_inner_reduction(node: Matrix) -> bool:
    """Whether a sum or a maximum is taken of what has no cells, as only arrays can."""
    inside = postorder(node, until=lambda node: node.placed)
    return any(isinstance(one, Reduction) and not has_cell_form(one) for one in inside)


def _fits_in_block(node: Matrix) -> bool:
    if node.placed or isinstance(node, (Text, ColumnCount)):
        return True
    if isinstance(node, Number):  # written once: it spreads nothing over a block
        return node.shape == (1, 1)
    if isinstance(node, Slice):
        return is_view(node) and not any(isinstance(n, Transpose) for n in _chain(node))
    if isinstance(node, Elementwise):
        shapes = _array_shapes(node)
        if shapes and any(operand.shape not in shapes for operand in node.operands):
            return False
    elif isinstance(node, Reduction):
        if node.shape != (1, 1):  # of one row, or of all: a number that is spread
            return False
    elif not isinstance(node, (Product, Transpose)) and not is_long_search(node):
        return False
    return all(_fits_in_block(operand) for operand in node.operands)


def _chain(view: Matrix) -> Iterable[Matrix]:
    while not view.placed:
        yield view
        view = view.operands[0]


def _array_shapes(node: Elementwise) -> Collection[Shape]:
    """The shapes that operands may have inside an array formula; none where all may be there.

    With others, some engine computes something else over whole ranges.
    """
    accepted: dict[str, Collection[Shape]] = {
        "where": (node.shape, (1, 1)),
        "and": ((1, 1),),
        "maximum": ((1, 1),),
        "minimum": ((1, 1),),
        "erf": ((1, 1),),
    }
    return accepted.get(node.operation, ())
