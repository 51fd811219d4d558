"""Claims: sentences that are true or not at the moment."""

from __future__ import annotations

import numpy as np

from xlsxattn.errors import ShapeError
from xlsxattn.expression.lookups import Entry, Lookup
from xlsxattn.expression.matrix import Matrix, is_absent
from xlsxattn.expression.operations import ABSENT, Value


class Before(Matrix):
    """In a what-if claim, a matrix as it was before the change; a place that is in no sheet."""

    placed = True

    def __init__(self, of: Matrix) -> None:
        super().__init__((of,), of.shape, of.row_labels, of.column_labels)
        self.is_text = of.is_text

    def compute(self, value: Value) -> Value:
        return value


class Verdict(Matrix):
    """A claim: ✓ where the condition holds, ✗ where not, – where it does not apply.

    Where what it compares is no number, because a cell it reads shows an error, it reads –.
    ``when`` is a scalar condition, such as a switch that must be on.
    """

    is_text = True
    YES, NO = "✓", "✗"

    def __init__(self, condition: Matrix, when: Matrix | None = None) -> None:
        for node in (condition, when):
            if node is not None and (node.shape != (1, 1) or node.is_text):
                raise ShapeError(f"a claim: expected one truth value, got {node!r}")
        super().__init__((condition,) if when is None else (condition, when), (1, 1))

    @property
    def condition(self) -> Matrix:
        return self.operands[0]

    @property
    def when(self) -> Matrix | None:
        return self.operands[1] if self.operands[1:] else None

    def compute(self, condition: Value, when: Value | None = None) -> Value:
        absent = (when is not None and (is_absent(when) or not when[0, 0])) or any(
            is_absent(node.value) for node in optional_sources(self)
        )
        absent = absent or is_absent(condition)
        verdict = ABSENT if absent else self.YES if condition[0, 0] else self.NO
        return np.array([[verdict]], dtype=object)


def optional_sources(node: Matrix) -> list[Matrix]:
    """The nodes nearest below ``node`` that may be absent: steps, entries and lookups."""
    found: list[Matrix] = []
    pending = list(node.operands)
    while pending:
        operand = pending.pop(0)
        if not operand.optional or operand in found:
            continue
        if operand.placed or isinstance(operand, (Entry, Lookup)):
            found.append(operand)
        else:
            pending = list(operand.operands) + pending
    return found
