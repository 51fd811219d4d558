"""Gradients over expressions: one rule for each operation, each returning expressions.

``gradient(loss, of=[W_Q, W_K])`` walks back from a scalar loss (reverse-mode automatic
differentiation; Baydin et al., "Automatic Differentiation in Machine Learning: a Survey",
2018, section 3.2) and gives an expression of each operand's own shape. The result is
notation like any other: it can be named, placed, printed, and differentiated again.

A gradient that is the same along a direction is kept at length 1 in it, as a row, a
column or a scalar that stands for all, until an operation needs it whole. So the
gradient of a mean is one number, and not a block of equal ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest

import numpy as np

from xlsxattn.errors import GradientError
from xlsxattn.expression import (
    OPERATIONS,
    REDUCTIONS,
    Causal,
    Continued,
    Elementwise,
    Input,
    Joined,
    Lookup,
    Matrix,
    Number,
    Product,
    Reduction,
    Slice,
    Step,
    Transpose,
    is_of_shape,
    postorder,
)
from xlsxattn.functions.tables import column_sum, row_sum, total
from xlsxattn.functions.words import one_hot

#: What a rule gives: the gradient of each operand, or None where there is none.
Gradients = Sequence[Matrix | None]
#: Gives the gradient of a step a name of its own: the step, its gradient → what to use.
Name = Callable[[Step, Matrix], Matrix]


def gradient(
    loss: Matrix,
    of: Sequence[Matrix],
    *,
    name: Name | None = None,
    constant: Iterable[Matrix] = (),
) -> list[Matrix]:
    """The gradient of a scalar loss with respect to each node of ``of``, of its shape.

    ``name`` is called with every step on the way and its gradient, from the loss down, and
    may return a step to use in its place; ``constant`` nodes pass no gradient on. An
    operand that the loss does not depend on has a gradient of zeros. GradientError names
    the operation that has no rule.
    """
    if loss.shape != (1, 1):
        raise GradientError(f"gradient: expected a scalar loss, got {loss!r}")
    order = list(postorder(loss))
    reach = _depending(order, set(of), set(constant))
    # A rule that uses a result, as exp does, reads it where it stands rather than again.
    shown = {node.expression: node for node in order if isinstance(node, Step)}
    adjoints: dict[Matrix, Matrix] = {loss: Number(1.0)}
    of_rows: dict[Matrix, dict[int, list[Matrix]]] = {}
    shared = _shared_out(order, reach)
    for node in reversed(order):
        if node in shared:  # all of its parts are users, and have been here
            for stacked in _stacked(of_rows.pop(node, {}), shared[node], node):
                _add(adjoints, node, stacked)
        adjoint = adjoints.get(node)
        if adjoint is None or node not in reach:
            continue
        if name is not None and isinstance(node, Step):
            adjoint = adjoints[node] = name(node, _full(adjoint, node))
        if not node.operands:
            continue
        if isinstance(node, Slice) and node.operand in shared:
            rows = of_rows.setdefault(node.operand, {})
            rows.setdefault(node.row_range.start, []).append(_array(adjoint, node))
            continue
        parts = _rule(node, adjoint, shown.get(node, node))
        for operand, part in zip(node.operands, parts, strict=True):
            if part is None or operand not in reach:
                continue
            _add(adjoints, operand, unbroadcast(part, operand, node))
    return [_full(adjoints.get(node), node) for node in of]


def _add(adjoints: dict[Matrix, Matrix], node: Matrix, part: Matrix) -> None:
    """Add a part to the gradient of a node."""
    known = adjoints.get(node)
    adjoints[node] = part if known is None else known + part


def _shared_out(order: list[Matrix], reach: set[Matrix]) -> dict[Matrix, list[range]]:
    """The matrices whose rows are shared out among slices, as sentences are, and which these are.

    The gradients of such slices, one under another, are of the matrix's shape: no zeros around
    each of them, which would take the square of the memory.
    """
    found: dict[Matrix, set[range]] = {}
    for node in order:
        if isinstance(node, Slice) and node in reach:
            in_part = len(node.column_range) < node.operand.columns
            rows = range(0) if in_part else node.row_range  # which shares out no rows
            found.setdefault(node.operand, set()).add(rows)
    shared = {}
    for matrix, ranges in found.items():
        parts = sorted(ranges, key=lambda rows: (rows.start, rows.stop))
        ends = [0, *(rows.stop for rows in parts)]
        whole = ends[-1] == matrix.rows and [rows.start for rows in parts] == ends[:-1]
        if whole and len(parts) > 1 and parts[0]:
            shared[matrix] = parts
    return shared


def _stacked(given: dict[int, list[Matrix]], parts: list[range], node: Matrix) -> Iterator[Matrix]:
    """The gradients of slices one under another, as often as rows are sliced; zeros for none."""
    for rest in zip_longest(*(given.get(rows.start, []) for rows in parts)):
        yield Joined(
            "rows",
            [
                Number(0.0, (len(rows), node.columns)) if one is None else one
                for rows, one in zip(parts, rest, strict=True)
            ],
        )


def _depending(order: list[Matrix], of: set[Matrix], constant: set[Matrix]) -> set[Matrix]:
    """The nodes through which a gradient must pass to reach one of ``of``.

    How many rows or columns a matrix has does not depend on what stands in it.
    """
    reach: set[Matrix] = set()
    for node in order:
        if is_of_shape(node) or node in constant:
            continue
        if node in of or any(o in reach for o in node.operands):
            reach.add(node)
    return reach


def _full(adjoint: Matrix | None, node: Matrix) -> Matrix:
    """The gradient at a node's full shape, where a smaller one stands for all elements."""
    if adjoint is None:
        adjoint = Number(0.0)
    if adjoint.shape == node.shape:
        return adjoint
    if isinstance(adjoint, Number):
        return Number(adjoint.number, node.shape)
    return adjoint * Number(1.0, node.shape)


def unbroadcast(adjoint: Matrix, operand: Matrix, node: Matrix) -> Matrix:
    """Sum a node's gradient over the directions in which its operand was broadcast.

    In a direction in which the gradient itself is constant, the sum is a multiple.
    """
    if not isinstance(node, Elementwise):
        return adjoint
    by_row = node.rows > 1 and operand.rows == 1
    by_column = node.columns > 1 and operand.columns == 1
    times = (node.rows if by_row and adjoint.rows == 1 else 1) * (
        node.columns if by_column and adjoint.columns == 1 else 1
    )
    by_row, by_column = by_row and adjoint.rows > 1, by_column and adjoint.columns > 1
    if by_row and by_column:
        adjoint = _summed(adjoint, total)
    elif by_row:
        adjoint = _summed(adjoint, column_sum)
    elif by_column:
        adjoint = _summed(adjoint, row_sum)
    return adjoint if times == 1 else times * adjoint


def _summed(adjoint: Matrix, sum_up: Callable[[Matrix], Matrix]) -> Matrix:
    """The sum of a gradient, its sign and a divisor that is the same for all taken out of it."""
    summed = sum_up(adjoint)
    if isinstance(adjoint, Elementwise) and adjoint.operation == "negate":
        return -_summed(adjoint.operands[0], sum_up)
    if isinstance(adjoint, Elementwise) and adjoint.operation == "divide":
        dividend, divisor = adjoint.operands
        fits = all(d in (1, s) for d, s in zip(divisor.shape, summed.shape, strict=True))
        if fits and dividend.shape == adjoint.shape:
            return _summed(dividend, sum_up) / divisor
    return summed


def _rule(node: Matrix, adjoint: Matrix, result: Matrix) -> Gradients:
    """The gradients of a node's operands; ``result`` is the node where its value stands."""
    if isinstance(node, Elementwise):
        rule = OPERATIONS[node.operation].gradient
        if rule is None:
            raise GradientError(
                f"{node.operation}: expected an operation with a gradient, got none"
            )
        parts = rule(Elementwise, adjoint, result, *node.operands)
        return [*parts, *[None] * (len(node.operands) - len(parts))]
    if isinstance(node, Reduction):
        return (_reduced(node, adjoint, result),)
    for kind, structural in STRUCTURAL.items():
        if isinstance(node, kind):
            return structural(node, adjoint, result)
    raise GradientError(f"{node!r}: expected an operation with a gradient, got none")


def _reduced(node: Reduction, adjoint: Matrix, result: Matrix) -> Matrix:
    """The gradient of what is reduced has the reduced shape where it is the same for all."""
    operand = node.operands[0]
    count = {"row": operand.columns, "column": operand.rows}
    found: Matrix = REDUCTIONS[node.operation].gradient(
        Elementwise,
        lambda operation: Reduction(operation, node.axis, operand),
        adjoint,
        result,
        operand,
        count.get(node.axis, operand.rows * operand.columns),
    )
    return found


# --- products, transposition, parts ------------------------------------------------------


def _array(g: Matrix, r: Matrix) -> Matrix:
    """The gradient as an array of the result's shape, where an element must be at its place."""
    return g if g.shape == r.shape else g + 0 * r


def _product(n: Matrix, g: Matrix, r: Matrix) -> Gradients:
    left, right = n.operands
    whole = _array(g, r)
    return whole @ right.T, left.T @ whole


def _transpose(n: Matrix, g: Matrix, r: Matrix) -> Gradients:
    """(A B)ᵀ is Bᵀ Aᵀ, which is shorter where A is a transposed matrix itself."""
    if isinstance(g, Product):
        left, right = g.operands
        return (right.T @ left.T,)
    return (g.T,)


def _slice(n: Matrix, g: Matrix, r: Matrix) -> Gradients:
    """Back into a matrix of zeros: a product with selectors puts it in its place."""
    assert isinstance(n, Slice)
    put = _array(g, r)
    if len(n.row_range) < n.operand.rows:
        put = _selector(n.operand.rows, n.row_range) @ put
    if len(n.column_range) < n.operand.columns:
        put = put @ _selector(n.operand.columns, n.column_range).T
    return (put,)


def _selector(length: int, part: range) -> Matrix:
    """(length, len(part)): 1 where a row of the whole is a row of the part."""
    return Input("", np.eye(length)[:, part.start : part.stop])


def _joined(n: Matrix, g: Matrix, r: Matrix) -> Gradients:
    assert isinstance(n, Joined)
    whole = _array(g, r)
    return [
        Slice(whole, range(row, row + part.rows), range(column, column + part.columns))
        for part, row, column in n.offsets()
    ]


def _lookup(n: Matrix, g: Matrix, r: Matrix) -> Gradients:
    """To each row of the table the sum over the words that took it."""
    assert isinstance(n, Lookup)
    if not n.strict:
        raise GradientError(f"find in {n.table!r}: expected an operation with a gradient")
    return None, None, one_hot(n.words, n.keys).T @ _array(g, r)


STRUCTURAL: dict[type[Matrix], Callable[[Matrix, Matrix, Matrix], Gradients]] = {
    Step: lambda n, g, r: (g,),
    Product: _product,
    Transpose: _transpose,
    Causal: lambda n, g, r: (Causal(_array(g, r), beyond=0),),
    Continued: lambda n, g, r: (None,),  # which word is the likeliest has no slope
    Slice: _slice,
    Joined: _joined,
    Lookup: _lookup,
}


def gradients(loss: Matrix, of: Sequence[Matrix]) -> list[Matrix]:
    """The gradient of a scalar loss with respect to each of some matrices, of their shapes.

    Each is an expression: name it as a step, and it stands in the workbook as formulas.
    GradientError names an operation that has no gradient.
    """
    return gradient(loss, of)
