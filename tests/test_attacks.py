"""A small part of the attacks (`cd tests && python -m attacks` does more of them)."""

from __future__ import annotations

import pytest
from attacks import expressions, lessons_broken

from xlsxattn.expression import Input, Matrix, Step, undefined
from xlsxattn.functions import FUNCTIONS

#: Numbers that once went wrong, and some more.
LESSONS = [12, 35, 116, 126, 132, 1033, 1957, 2052, 2668, *range(40, 60)]
EXPRESSIONS = [5, 16, 23, 35, 92, 97, 139, 251, 407, 874, 1270, 1769, *range(300, 330)]


@pytest.mark.parametrize("number", LESSONS)
def test_broken_lesson(number: int) -> None:
    """Built, or refused in one line that names the file and the place."""
    verdict = lessons_broken.attack(number)
    assert not verdict.is_bad, verdict


@pytest.mark.parametrize("number", EXPRESSIONS)
def test_hostile_expression(number: int) -> None:
    """Computed without an error in any cell, or refused in one line."""
    verdict = expressions.attack(number)
    assert not verdict.is_bad, verdict


def a_matrix(*numbers: float) -> Matrix:
    return Input("A", [list(numbers)])


HIDDEN = {
    "a quotient of an error": lambda a: 1 / (1 / a),
    "tanh": lambda a: FUNCTIONS["tanh"](1 / a),
    "the smaller": lambda a: FUNCTIONS["min"](a, 1 / a),
    "nothing to the power of nothing": lambda a: a**a,
    "an exponential too large": lambda a: 1 / (1 + FUNCTIONS["exp"](1000 * (a + 1))),
    "in a product": lambda a: (0 * a) @ (1 / a).T,
}


@pytest.mark.parametrize("formula", HIDDEN.values(), ids=HIDDEN)
def test_errors_that_numpy_passes_over(formula: object) -> None:
    """What is finite in the end may have come from what no cell can hold."""
    assert callable(formula)
    assert undefined(formula(a_matrix(0, 2))) is not None


def test_errors_that_nobody_sees() -> None:
    """IF does not compute what it does not choose; another step's cells are its own."""
    a = a_matrix(0, 2)
    where = FUNCTIONS["where"]
    assert undefined(where(a.equal(0), 0, 1 / a)) is None
    assert undefined(where(a.equal(2), 0, 1 / a)) is not None
    assert undefined(Step("Part", 1 / a)[:, 1]) is None
