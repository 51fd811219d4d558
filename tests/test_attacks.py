"""A small part of the attacks (`cd tests && python -m attacks` does more of them)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from attacks import expressions, lessons_broken
from tools import SMALL

from xlsxattn.build import prepare
from xlsxattn.errors import LessonError
from xlsxattn.expression import Input, Matrix, Step, undefined
from xlsxattn.functions import FUNCTIONS

#: Numbers that once went wrong, and some more.
LESSONS = [12, 35, 116, 126, 132, 1033, 1957, 2052, 2668, *range(40, 60)]
EXPRESSIONS = [5, 16, 23, 35, 92, 97, 139, 251, 407, 874, 1270, 1769, *range(300, 330)]
#: One of every other kind.
WORKBOOKS = [*range(0, 60, 2)]


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


@pytest.mark.skipif(sys.platform == "win32", reason="limits of time and memory are POSIX")
@pytest.mark.parametrize("number", WORKBOOKS)
def test_hostile_workbook(number: int) -> None:
    """Refused in one line, in two seconds and 300 MB, and nothing written."""
    from attacks import workbooks

    verdict = workbooks.attack(number)
    assert not verdict.is_bad, verdict


TOO_MANY = {
    "claims": '[[claims]]\nname = "c{}"\ntext = "t"\nholds = "max(Output) < 9"\n',
    "steps": '[[steps]]\nname = "Own{}x"\nformula = "Output + {}"\ntitle = "t"\n',
    "inputs": '[[inputs]]\nname = "In{}x"\nvalues = [[{}]]\ntitle = "t"\n',
    "contexts": '[[contexts]]\nid = "c{}"\nwords = ["cat"]\n',
}


@pytest.mark.parametrize("kind", TOO_MANY)
def test_too_many(kind: str, tmp_path: Path) -> None:
    """What would take minutes to lay out is refused at once, by its number."""
    path = tmp_path / "lesson.toml"
    path.write_text(SMALL + "".join(TOO_MANY[kind].format(n, n) for n in range(3000)))
    with pytest.raises(LessonError, match=rf"toml: {kind}: expected at most \d+ in a lesson"):
        prepare(str(path))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('text = "Rows sum to 1."', 'text = " "', r"claims.sums.text: expected a sentence"),
        ("dog", "–", r"vocabulary.words: expected a word, got –"),
    ],
)
def test_what_reads_as_nothing(old: str, new: str, says: str, tmp_path: Path) -> None:
    """A blank claim, and a word that looks like an absent one."""
    path = tmp_path / "lesson.toml"
    text = SMALL.replace(old, new).replace("\n– =", '\n"–" =')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LessonError, match=says):
        prepare(str(path))


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
