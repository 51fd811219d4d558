"""Lesson files of every kind build, and what they compute is true.

XLSXATTN_LESSONS says how many random lessons are proved: 60 where it is not set, and 200
prove the format as a whole.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from lessons import as_toml, language_of, random_lesson
from tools import SMALL, TOLERANCE, build_text, replaced

from xlsxattn.check import Report, check

COUNT = int(os.environ.get("XLSXATTN_LESSONS", "60"))


def proved(text: str, path: Path, language: str = "en") -> Report:
    """Build a lesson, and require that IronCalc, NumPy and what is stored agree."""
    build_text(text, path, language)
    report = check(path)
    assert report.problems == []
    assert report.reference == "numpy"
    assert all(s.max_error is not None and s.max_error <= TOLERANCE for s in report.steps)
    return report


# --- what random lessons have found ---------------------------------------------------

SHARED = """
[[contexts]]
id = "two"
shares = "one"
scores = "dot"
"""


@pytest.mark.parametrize("keys", ["", 'keys = ["dog", "cat"]\n'])
def test_formulas_over_shared_words(keys: str, tmp_path: Path) -> None:
    """Q, K and V in notation find the embeddings of the words that a context shares."""
    text = replaced('\nid = "one"\n', f'\nid = "one"\n{keys}')
    source = "X_source" if keys else "X"
    formulas = f'Q = "tanh(X @ W_Q)"\nK = "{source} * 2"\nV = "{source} + 1"\n'
    text = replaced("\nheads = 1\n", f"\n{formulas}", text).partition("[[steps]]")[0]
    proved(replaced("\n[attention]\n", f"{SHARED}\n[attention]\n", text), tmp_path / "own.xlsx")


def test_inspector_of_heads_in_several_contexts(tmp_path: Path) -> None:
    """An inspector looks at the first head of each context, or at all heads of one."""
    heads = 'heads = 2\ninspector = { query = "cat", key = "mouse" }'
    text = replaced("heads = 1", heads).partition("[[steps]]")[0]
    report = proved(text, tmp_path / "one.xlsx")
    names = {step.name for step in report.steps}
    assert {"Dot_product_head1", "Dot_product_head2"} <= names
    report = proved(replaced("\n[attention]\n", f"{SHARED}\n[attention]\n", text),
                    tmp_path / "two.xlsx")  # fmt: skip
    names = {step.name for step in report.steps if step.name.startswith("Dot_product")}
    assert names == {"Dot_product_head1_one", "Dot_product_head1_two"}


STEPS = """
[[steps]]
name = "Labels"
formula = "largest_label(Single)"
[[steps]]
name = "Single"
formula = "row_sum(X)"
columns = ["all"]
"""


def test_the_largest_of_one_column(tmp_path: Path) -> None:
    """The label of the only column is the largest one's."""
    _, labels, single = STEPS.split("\n[[steps]]")
    text = SMALL.partition("[[steps]]")[0] + f"[[steps]]{single}[[steps]]{labels}\n"
    proved(text, tmp_path / "own.xlsx")


@pytest.mark.parametrize(
    "formula",
    [
        'X["dog"] > 1',
        'X["dog", "animal"] != X[0, 0]',
        '0 < X["dog"] <= 1',
        'X["dog"] > 1 and X["cat"] > 1',
        'where(X["dog"] > 1, 1, 2)',
        'where(X["cat"] > 1, 1, X["dog"])',
        'where(X["cat"] > 1, X["dog"], 1)',
        'max(X["dog"] > 1, X["cat"])',
        'where(X[:, "animal"] > 1, sqrt(X[:, "animal"] - 1), X["dog", 1])',
    ],
)
def test_comparisons_with_absent_words(formula: str, tmp_path: Path) -> None:
    """A comparison with a word that is absent is a dash, in the file as in every engine."""
    text = SMALL.partition("[[claims]]")[0]
    own = f"[[steps]]\nname = \"Own\"\nformula = '{formula}'\n"
    report = proved(text + own, tmp_path / "there.xlsx")
    assert "Own" in {step.name for step in report.steps}
    gone = replaced('words = ["cat", "dog", "mouse"]', 'words = ["cat", "mouse"]', text)
    proved(gone + own, tmp_path / "absent.xlsx")


# --- random lessons -------------------------------------------------------------------


@pytest.mark.parametrize("number", range(COUNT))
def test_random_lesson(number: int, tmp_path: Path) -> None:
    """A lesson of random sentences, sizes and choices is what NumPy and IronCalc say it is."""
    text = as_toml(random_lesson(number))
    assert tomllib.loads(text) == random_lesson(number)
    report = proved(text, tmp_path / "random.xlsx", language_of(number))
    claims = random_lesson(number).get("claims", [])
    assert [claim.name for claim in report.claims if claim.ok is False] == []
    assert len(report.claims) == len(claims)
