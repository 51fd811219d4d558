"""Where a sheet would show an error though NumPy goes on: 1 / (1 / 0) is 0 only there.

NumPy computes with infinities, and 0⁰ is 1 to it; in a cell each is an error, and what reads an
error is one. Only IF leaves out what it does not choose.
"""

from __future__ import annotations

import functools

import numpy as np

from xlsxattn.expression.matrix import Elementwise, Matrix, Product, Transpose, postorder
from xlsxattn.expression.operations import Value
from xlsxattn.expression.parts import Joined, Reduction, Slice


def undefined(expression: Matrix) -> tuple[Matrix, str] | None:
    """The first node, of those that a step's cells compute, whose error they show, and its number.

    None where they show none. Nodes with cells of their own are theirs to answer for.
    """
    below = [
        node
        for node in postorder(expression, until=lambda n: n.placed and n is not expression)
        if not node.is_text
    ]
    origins = {node: wrong for node in below if (wrong := _originates(node)).any()}
    if not origins:
        return None
    shown: dict[Matrix, Value] = {}
    for node in below:
        passed = _passed_on(node, shown)
        shown[node] = passed | origins[node] if node in origins else passed
    if not shown[expression].any():
        return None
    first = next(iter(origins))
    return first, str(first.value[origins[first]][0])


def _originates(node: Matrix) -> Value:
    """Where the operation of a node has no result in a cell."""
    # NaN may be the dash of an absent word, which is no error.
    wrong = np.isinf(node.value) if node.optional else ~np.isfinite(node.value)
    if isinstance(node, Elementwise) and node.operation == "power":
        base, exponent = (operand.value for operand in node.operands)
        wrong |= (base == 0) & (exponent == 0)
    return np.asarray(wrong)


def _passed_on(node: Matrix, shown: dict[Matrix, Value]) -> Value:
    """Where a node shows an error that some operand shows."""
    none = np.zeros(node.shape, dtype=bool)
    errors = [shown.get(operand, np.zeros(operand.shape, dtype=bool)) for operand in node.operands]
    if not any(one.any() for one in errors):
        return none
    if isinstance(node, Elementwise):
        if node.operation == "where":
            condition, a, b = errors
            chosen = np.where(node.operands[0].value != 0, a, b)
            return np.asarray(condition | chosen)
        return functools.reduce(np.logical_or, errors, none)
    if isinstance(node, Reduction):
        some = Reduction("max", node.axis, node.operands[0])
        return np.asarray(some.compute(errors[0]))
    if isinstance(node, Product):
        left, right = errors
        return np.asarray(left.any(axis=1, keepdims=True) | right.any(axis=0, keepdims=True))
    if isinstance(node, (Transpose, Slice, Joined)):
        return np.asarray(node.compute(*errors))
    return none
