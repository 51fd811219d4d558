"""Gradients over expressions: one rule for each operation, each returning expressions.

``gradient(loss, of=[W_Q, W_K])`` walks back from a scalar loss (reverse-mode automatic
differentiation; Baydin et al., "Automatic Differentiation in Machine Learning: a Survey",
2018, section 3.2) and gives an expression of each operand's own shape. The result is
notation like any other: it can be named, placed, printed, and differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from xlsxattn.errors import GradientError
from xlsxattn.expression import (
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
    column_sum,
    postorder,
    row_sum,
    total,
    where,
)

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
    adjoints: dict[Matrix, Matrix] = {loss: Number(1.0)}
    for node in reversed(order):
        adjoint = adjoints.get(node)
        if adjoint is None or node not in reach:
            continue
        if name is not None and isinstance(node, Step):
            adjoint = adjoints[node] = name(node, adjoint)
        if not node.operands:
            continue
        for operand, part in zip(node.operands, _rule(node, adjoint), strict=True):
            if part is None or operand not in reach:
                continue
            part = unbroadcast(part, operand)
            known = adjoints.get(operand)
            adjoints[operand] = part if known is None else known + part
    return [_full(adjoints.get(node), node) for node in of]


def _depending(order: list[Matrix], of: set[Matrix], constant: set[Matrix]) -> set[Matrix]:
    """The nodes through which a gradient must pass to reach one of ``of``."""
    reach: set[Matrix] = set()
    for node in order:
        if node not in constant and (node in of or any(o in reach for o in node.operands)):
            reach.add(node)
    return reach


def _full(adjoint: Matrix | None, node: Matrix) -> Matrix:
    """The gradient at a node's full shape, for a scalar may stand for all its elements."""
    if adjoint is None:
        adjoint = Number(0.0)
    return adjoint if adjoint.shape == node.shape else adjoint + 0 * node


def unbroadcast(adjoint: Matrix, operand: Matrix) -> Matrix:
    """Sum a gradient over the directions in which its operand was broadcast."""
    if adjoint.rows > 1 and operand.rows == 1:
        adjoint = total(adjoint) if operand.columns == 1 else column_sum(adjoint)
    if adjoint.columns > 1 and operand.columns == 1:
        adjoint = row_sum(adjoint)
    return adjoint


def _rule(node: Matrix, adjoint: Matrix) -> Gradients:
    if isinstance(node, Elementwise):
        rule = ELEMENTWISE.get(node.operation)
        if rule is not None:
            # A scalar adjoint stands for all elements until it meets a full operand.
            wide = adjoint if adjoint.shape == node.shape else _full(adjoint, node)
            return rule(node, wide)
        raise GradientError(f"{node.operation}: expected an operation with a gradient, got none")
    if isinstance(node, Reduction):
        return REDUCTIONS[node.operation](node, adjoint)
    for kind, structural in STRUCTURAL.items():
        if isinstance(node, kind):
            return structural(node, adjoint)
    raise GradientError(f"{node!r}: expected an operation with a gradient, got none")


# --- elementwise: g is the adjoint at the node's shape ------------------------------------


def _power(node: Elementwise, g: Matrix) -> Gradients:
    base, exponent = node.operands
    if not isinstance(exponent, Number):
        raise GradientError(f"power: expected a number as exponent, got {exponent!r}")
    if exponent.number == 2:
        return g * 2 * base, None
    return g * exponent.number * base ** (exponent.number - 1), None


ELEMENTWISE: dict[str, Callable[[Elementwise, Matrix], Gradients]] = {
    "add": lambda n, g: (g, g),
    "subtract": lambda n, g: (g, -g),
    "multiply": lambda n, g: (g * n.operands[1], g * n.operands[0]),
    "divide": lambda n, g: (
        g / n.operands[1],
        -(g * n.operands[0] / n.operands[1] ** 2),
    ),
    "power": _power,
    "negate": lambda n, g: (-g,),
    "exp": lambda n, g: (g * n,),
    "ln": lambda n, g: (g / n.operands[0],),
    "sqrt": lambda n, g: (g / (2 * n),),
    "tanh": lambda n, g: (g * (1 - n**2),),
    "sin": lambda n, g: (g * Elementwise("cos", n.operands[0]),),
    "cos": lambda n, g: (-(g * Elementwise("sin", n.operands[0])),),
    "abs": lambda n, g: (where(n.operands[0].less(0), -g, g),),
    "where": lambda n, g: (
        None,
        where(n.operands[0], g, 0),
        where(n.operands[0], 0, g),
    ),
}


# --- reductions: the adjoint has the reduced shape, and broadcasts back --------------------


def _sum(node: Reduction, g: Matrix) -> Gradients:
    return (g + 0 * node.operands[0],)


def _mean(node: Reduction, g: Matrix) -> Gradients:
    operand = node.operands[0]
    count = {"row": operand.columns, "column": operand.rows}
    return (g / count.get(node.axis, operand.rows * operand.columns) + 0 * operand,)


def _extreme(node: Reduction, g: Matrix) -> Gradients:
    """To the element that is the largest (or smallest); where several tie, to each."""
    operand = node.operands[0]
    return (where(operand.equal(node), g, 0),)


REDUCTIONS: dict[str, Callable[[Reduction, Matrix], Gradients]] = {
    "sum": _sum,
    "mean": _mean,
    "max": _extreme,
    "min": _extreme,
}


# --- products, transposition, parts ------------------------------------------------------


def _product(node: Matrix, g: Matrix) -> Gradients:
    left, right = node.operands
    return g @ right.T, left.T @ g


def _slice(node: Matrix, g: Matrix) -> Gradients:
    """Back into a matrix of zeros: a product with selectors puts it in its place."""
    assert isinstance(node, Slice)
    put = g
    if len(node.row_range) < node.operand.rows:
        put = _selector(node.operand.rows, node.row_range) @ put
    if len(node.column_range) < node.operand.columns:
        put = put @ _selector(node.operand.columns, node.column_range).T
    return (put,)


def _selector(length: int, part: range) -> Matrix:
    """(length, len(part)): 1 where a row of the whole is a row of the part."""
    return Input("", np.eye(length)[:, part.start : part.stop])


def _joined(node: Matrix, g: Matrix) -> Gradients:
    assert isinstance(node, Joined)
    return [
        Slice(g, range(row, row + part.rows), range(column, column + part.columns))
        for part, row, column in node.offsets()
    ]


def _lookup(node: Matrix, g: Matrix) -> Gradients:
    assert isinstance(node, Lookup)
    raise GradientError(f"lookup in {node.table!r}: expected an operation with a gradient")


STRUCTURAL: dict[type[Matrix], Callable[[Matrix, Matrix], Gradients]] = {
    Step: lambda n, g: (g,),
    Product: _product,
    Transpose: lambda n, g: (g.T,),
    Slice: _slice,
    Joined: _joined,
    Lookup: _lookup,
}
