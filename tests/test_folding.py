"""What need not be written: the same numbers, and a dash is never lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Input,
    Lookup,
    Matrix,
    Number,
    Step,
    Words,
    folded,
)

A = Input("A", [[0.5, -2.0], [3.0, 0.0]])
COUNT = ColumnCount(A)
#: A row that is there, and one whose word is absent.
MAYBE = Lookup(Words("W", ("cat", "mouse")), Words("Keys", ("cat",)), Input("T", [[2, 3]]), False)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (A + 0, A), (0 + A, A), (A - 0, A), (A * 1, A), (1 * A, A), (A / 1, A), (A**1, A),
        (0 * A + A * 1, A), (MAYBE * 1 + 0, MAYBE), ((A * 1) ** 1 - 0 * A, A),
    ],
)  # fmt: skip
def test_what_is_left_out(node: Matrix, expected: Matrix) -> None:
    """The operand itself, however deep what makes no difference is."""
    assert folded(node) is expected


@pytest.mark.parametrize(
    ("node", "number"), [(0 * A, 0), (A * 0, 0), (Number(0) / COUNT, 0), (A**0, 1)]
)
def test_what_is_a_number(node: Matrix, number: float) -> None:
    """Nothing times what is there is nothing, and the power of 0 is 1."""
    found = folded(node)
    assert isinstance(found, Number)
    assert found.number == number


@pytest.mark.parametrize(
    "node",
    [
        0 - A, A - 1, A + 1, 2 * A, 1 / A, 0 / A, A**2, Number(1) ** A, -A,
        0 * MAYBE, MAYBE * 0, MAYBE**0, Elementwise("maximum", A, 0), Step("S", A + 0),
    ],
)  # fmt: skip
def test_what_stays(node: Matrix) -> None:
    """What makes a difference, what has cells of its own, and what shows a dash."""
    assert folded(node) is node


OPERATIONS = ("add", "subtract", "multiply", "power")
leaves = st.sampled_from([A, MAYBE, COUNT, Number(0), Number(1), Number(2)])
trees = st.recursive(
    leaves,
    lambda inner: st.builds(Elementwise, st.sampled_from(OPERATIONS), inner, inner),
    max_leaves=6,
)


@given(trees)
def test_any_expression(node: Matrix) -> None:
    """Folded or not, each cell shows the same number, or the same dash."""
    with np.errstate(all="ignore"):
        found = np.broadcast_to(folded(node).value, node.shape)
        one, other = (np.where(np.isfinite(v), v, np.nan) for v in (found, node.value))
    assert np.array_equal(one, other, equal_nan=True)
