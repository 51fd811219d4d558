"""What a row sees: itself and the rows above it."""

from __future__ import annotations

import numpy as np

from xlsxattn.errors import ShapeError
from xlsxattn.expression.inputs import Input
from xlsxattn.expression.matrix import (
    Elementwise,
    Matrix,
    Number,
    Product,
    Step,
    postorder,
    require_numbers,
)
from xlsxattn.expression.operations import Value
from xlsxattn.expression.parts import Joined, Numbering, Slice, is_of_shape

#: A score that no word can outweigh: its exponential is exactly 0 beside any other.
MASKED = -1e30
#: Numbers below this are masked, whatever was added to them or they were divided by.
NEARLY_MASKED = -1e25


class Causal(Matrix):
    """A square matrix with its numbers up to the diagonal, and one number ``beyond`` it.

    Row t has a number for itself and each row above, (n, n); printed row by row, a formula
    reads none below.
    """

    def __init__(self, operand: Matrix, beyond: float = MASKED) -> None:
        if operand.rows != operand.columns:
            raise ShapeError(
                f"causal: expected as many columns as rows, a row sees itself and those above, "
                f"got {operand!r}"
            )
        require_numbers("causal", (operand,))
        super().__init__(
            (operand,), operand.shape, operand.row_labels, operand.column_labels
        )  # fmt: skip
        self.beyond = beyond

    def compute(self, value: Value) -> Value:
        return self.hidden(np.tri(self.rows, dtype=bool), value)

    def hidden(self, seen: Value, value: Value) -> Value:
        """Some rows of it, from what is seen of them."""
        return np.where(seen, value, self.beyond)


def is_up_to_diagonal(condition: Matrix) -> bool:
    """Whether a condition holds where the column's number is not above the row's, only there."""
    node = _expression(condition)
    if not isinstance(node, Elementwise):
        return False
    if node.operation == "equal" and _is_number(node.operands[1], 1):
        return is_up_to_diagonal(node.operands[0])
    if node.operation == "where":
        rule, yes, no = node.operands
        return _is_number(yes, 1) and _is_number(no, 0) and is_up_to_diagonal(rule)
    if node.operation != "less_equal":
        return False
    column, row = node.operands
    if not (isinstance(column, Numbering) and isinstance(row, Numbering)):
        return False
    return (column.axis, row.axis) == ("column", "row")


def is_masked_beyond(node: Matrix) -> bool:
    """Whether all numbers beyond the diagonal are so low that their exponentials are 0."""
    node = _expression(node)
    if isinstance(node, Causal):
        return node.beyond <= NEARLY_MASKED
    if not isinstance(node, Elementwise):
        return False
    if node.operation == "where":
        condition, _, other = node.operands
        low = isinstance(other, Number) and other.number <= NEARLY_MASKED
        return low and is_up_to_diagonal(condition)
    first, *others = node.operands
    if node.operation in ("add", "subtract"):  # other numbers are small beside it
        return is_masked_beyond(first) and not is_masked_beyond(others[0])
    if node.operation in ("multiply", "divide"):
        return is_masked_beyond(first) and _is_positive(others[0])
    return False


def is_zero_beyond(node: Matrix) -> bool:
    """Whether all numbers beyond the diagonal are exactly 0, as those of attention weights."""
    node = _expression(node)
    if isinstance(node, Causal):
        return node.beyond == 0
    if not isinstance(node, Elementwise):
        return False
    if node.operation == "exp":
        return is_masked_beyond(node.operands[0])
    if node.operation == "where":
        condition, _, other = node.operands
        return _is_number(other, 0) and is_up_to_diagonal(condition)
    if node.operation == "multiply":
        return any(map(is_zero_beyond, node.operands))
    return node.operation == "divide" and is_zero_beyond(node.operands[0])


def seen_rows(expression: Matrix) -> Matrix:
    """The same values, no formula of which reads a row below its own.

    A causal mask over scores, ``where(column <= row, Q @ K.T / 2, −1E+30)``, computes all of
    them and hides some. Here the products themselves end at the diagonal.
    """
    made: dict[Matrix, Matrix] = {}
    for node in postorder(expression, until=lambda node: node.placed):
        own = node
        if _hides_later_rows(node):
            own = _hidden(node)
        operands = [made.get(operand, operand) for operand in own.operands]
        if any(new is not old for new, old in zip(operands, own.operands, strict=True)):
            own = own.with_operands(operands)
        if own is not node:
            made[node] = own
    return made.get(expression, expression)


def _hides_later_rows(node: Matrix) -> bool:
    if not (isinstance(node, Elementwise) and node.operation == "where"):
        return isinstance(node, Causal)
    if node.operands[1].shape != node.shape:  # a number: the mask itself
        return False
    return is_masked_beyond(node) or is_zero_beyond(node)


def _hidden(node: Matrix) -> Matrix:
    """A masked matrix whose products end at the diagonal; without the mask, if they suffice."""
    shown, beyond = node.operands[0], MASKED
    if isinstance(node, Causal):
        beyond = node.beyond
    else:
        _, shown, other = node.operands
        assert isinstance(other, Number)
        beyond = other.number
    inner = _with_causal_products(shown)
    if beyond <= NEARLY_MASKED and is_masked_beyond(inner):
        return inner
    hidden = Causal(inner.operands[0] if isinstance(inner, Causal) else inner, beyond)
    hidden.part = node.part
    return hidden


def _with_causal_products(node: Matrix) -> Matrix:
    """The same elements up to the diagonal, from products that end there."""
    made: dict[Matrix, Matrix] = {}

    def ending(node: Matrix) -> Matrix:
        if node not in made:
            made[node] = _ended(node) if isinstance(node, Product) else _over(node)
        return made[node]

    def _over(node: Matrix) -> Matrix:
        if node.placed or not (isinstance(node, Elementwise) or is_of_shape(node)):
            return node  # what reads whole rows needs them whole
        operands = [ending(operand) for operand in node.operands]
        changed = any(new is not old for new, old in zip(operands, node.operands, strict=True))
        return node.with_operands(operands) if changed else node

    return ending(node)


def _ended(product: Product) -> Matrix:
    """A square product that ends at the diagonal, called as it was."""
    if product.rows != product.columns:
        return product
    inner = product.with_operands(product.operands)
    inner.part = ""
    ended = Causal(inner)
    ended.part = product.part
    return ended


def _expression(node: Matrix) -> Matrix:
    """What a step stands for, or a part of a table of matrices side by side."""
    while True:
        if isinstance(node, Step):
            node = node.expression
        elif isinstance(node, Joined) and len(node.operands) == 1:
            node = node.operands[0]
        elif isinstance(node, Slice) and (part := _part_of(node)) is not None:
            node = part
        else:
            return node


def _part_of(node: Slice) -> Matrix | None:
    """The matrix that a slice takes back out of a table, whole."""
    table = _expression(node.operand)
    if not isinstance(table, Joined):
        return None
    first = node.row_range.start, node.column_range.start
    found = (part for part, *at in table.offsets() if (*at,) == first)
    return next((part for part in found if part.shape == node.shape), None)


def _is_number(node: Matrix, number: float) -> bool:
    return isinstance(node, Number) and node.number == number


def _is_positive(node: Matrix) -> bool:
    """Whether all numbers are above 0, whatever is typed."""
    if isinstance(node, Number):
        return node.number > 0
    if isinstance(node, Input):
        return node.limits is not None and node.limits[0] > 0
    return isinstance(node, Elementwise) and node.operation in ("sqrt", "exp")
