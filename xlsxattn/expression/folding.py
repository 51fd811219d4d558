"""What need not be written: factors of 1 and 0, sums with 0, powers of 0 and 1.

They make a number as long as a sentence, ``0 * X + question``, or come out of a count, as the
first of 10000^(2i/d). A reader of a formula or of a line of mathematics has no use for them.
"""

from __future__ import annotations

from xlsxattn.expression.matrix import Elementwise, Matrix, Number
from xlsxattn.expression.parts import ColumnCount


def folded(node: Matrix) -> Matrix:
    """The same numbers, perhaps in fewer rows or columns, without what makes no difference.

    The node itself where there is nothing of the kind, or where a dash would be lost.
    """
    if node.placed or not isinstance(node, Elementwise) or len(node.operands) != 2:
        return node
    left, right = (folded(operand) for operand in node.operands)
    rule = {
        "add": _sum, "subtract": _difference, "multiply": _term, "divide": _share, "power": _power,
    }.get(node.operation)  # fmt: skip
    simple = rule and rule(left, right)
    return node if simple is None else simple


def _sum(left: Matrix, right: Matrix) -> Matrix | None:
    return right if _is(left, 0) else left if _is(right, 0) else None


def _difference(left: Matrix, right: Matrix) -> Matrix | None:
    return left if _is(right, 0) else None


def _term(left: Matrix, right: Matrix) -> Matrix | None:
    if (_is(left, 0) and not right.optional) or (_is(right, 0) and not left.optional):
        return Number(0)
    return right if _is(left, 1) else left if _is(right, 1) else None


def _share(left: Matrix, right: Matrix) -> Matrix | None:
    if _is(left, 0) and isinstance(right, ColumnCount):
        return Number(0)
    return left if _is(right, 1) else None


def _power(left: Matrix, right: Matrix) -> Matrix | None:
    if _is(right, 0) and not left.optional:
        return Number(1)
    return left if _is(right, 1) else None


def _is(node: Matrix, number: float) -> bool:
    return isinstance(node, Number) and node.number == number
