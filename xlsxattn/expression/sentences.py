"""Texts that are made of others and of numbers: a sentence that follows the cells it reads."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

import numpy as np

from xlsxattn.errors import ShapeError
from xlsxattn.expression.matrix import Matrix, Step
from xlsxattn.expression.operations import ABSENT, Value

#: With more, some programs write 0.00001 as 1E-05.
MOST_DECIMALS = 4


class Always(Matrix):
    """A scalar that is there whatever is missing of its operands."""

    def __init__(self, operands: Sequence[Matrix]) -> None:
        super().__init__(operands, (1, 1))
        self.optional = False

    def with_operands(self, operands: Sequence[Matrix]) -> Self:
        twin = super().with_operands(operands)
        twin.optional = False
        return twin


class JoinedText(Always):
    """Scalars one after another as one text; numbers rounded to some decimals.

    What is absent reads as a dash inside the text, which is there whatever is missing.
    """

    is_text = True

    def __init__(self, parts: Sequence[Matrix], decimals: int = 2) -> None:
        wrong = next((part for part in parts if part.shape != (1, 1)), None)
        if wrong is not None or not parts:
            raise ShapeError(f"text: expected words and single numbers, got {wrong!r}")
        if not 0 <= decimals <= MOST_DECIMALS:
            raise ShapeError(f"text: expected 0 to {MOST_DECIMALS} decimals, got {decimals}")
        super().__init__(parts)
        self.decimals = decimals

    def compute(self, *values: Value, **_: Any) -> Value:
        text = "".join(self._shown(value[0, 0]) for value in values)
        return np.array([[text]], dtype=object)

    def _shown(self, element: Any) -> str:
        if isinstance(element, str):
            return element
        if not np.isfinite(element):
            return ABSENT
        step = Decimal(1).scaleb(-self.decimals)
        rounded = float(Decimal(repr(float(element))).quantize(step, ROUND_HALF_UP))
        return f"{rounded + 0.0:.{self.decimals}f}"


class Tally(Always):
    """How many of some verdicts, which stand in one column, are a certain mark."""

    def __init__(self, mark: str, verdicts: Sequence[Step]) -> None:
        super().__init__(verdicts)
        self.mark = mark

    def compute(self, *values: Value, **_: Any) -> Value:
        return np.array([[float(sum(value[0, 0] == self.mark for value in values))]])
