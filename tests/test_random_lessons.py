"""Lesson files of every kind build, and what they compute is true.

Who judges what: that the values of random lessons are true, the derivations by hand say
(test_by_hand.py), for many lessons and without a file. Here some become files: `check` has
IronCalc compute their formulas again, and LibreOffice and Gnumeric do it for fewer still.
XLSXATTN_LESSONS says how many, in all engines: 200 prove the format as a whole.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from lessons import as_toml, language_of, random_lesson
from tools import (
    SMALL,
    TOLERANCE,
    build_text,
    computed_cells,
    convert,
    need,
    poison,
    replaced,
)

from xlsxattn.build import build
from xlsxattn.check import Report, check, error
from xlsxattn.engines import engine
from xlsxattn.saved import Saved, Value, read, read_values

COUNT = int(os.environ.get("XLSXATTN_LESSONS", "25"))
#: Those that LibreOffice and Gnumeric compute too: six that are soon opened, or as many as asked.
SAMPLE = range(COUNT) if "XLSXATTN_LESSONS" in os.environ else range(20, 26)
#: What engines may differ by, relative above 1: they sum in orders of their own.
APART = 1e-9


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


@pytest.mark.parametrize(
    "formula",
    [
        "recurrent(1, 2, 3)",
        "recurrent(tanh(X), W_Q @ W_Q, W_Q + 1)",
        "recurrent(X, W_Q, W_Q) * 2",
        "stack(X, recurrent(X, W_Q, W_Q))",
        "lstm(X * 2, beside(W_Q, W_Q, W_Q, W_Q), beside(W_Q, 0 * W_Q, W_Q, W_Q), full(1, 1, 8))",
        "sum(lstm(X, full(0.5, 1, 4), full(0.5, 2, 4), full(0.5, 1, 4))[:, 5])",
        "sum(recurrent(X, W_Q, W_Q))",
        "columns(1)",
        "row_numbers(1)",
        "column_numbers(X.T @ X) * 2",
        "(X @ W_Q + 1).T @ exp(X)",
        "(X * 2)[1:, 0] - row_min(X[:2] - 1)",
        "row_max(X @ X.T) / row_sum(exp(X @ X.T))",
        "stack(column_min(X + 1), beside(Output, Output)[0, 1:3])",
        "mean((X - Output) ** 2) + max(abs(X * Output - Output))",
        "lookup(Words, Words, X * 2)['cat']",
        "sum(X > Output) + sum(X.T * X.T) + mean(X * Output)",
        "beside(X, find(Words, Vocabulary_words, Vocabulary * 2)) * rate",
        "max(abs(find(Words, Vocabulary_words, Vocabulary) - X['cat', 0]))",
    ],
)
def test_any_formula_may_stand_in_a_step(formula: str, tmp_path: Path) -> None:
    """What one cell's formula cannot hold becomes a part with cells of its own."""
    text = SMALL.partition("[[steps]]")[0]
    proved(text + f'[[steps]]\nname = "Own"\nformula = "{formula}"\n', tmp_path / "own.xlsx")


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


@pytest.mark.parametrize("formula", ["Scores.T", "Scores", "Scores.T * 2", "W_Q @ Q.T"])
def test_words_above_columns_before_they_are_typed(formula: str, tmp_path: Path) -> None:
    """A step of the page may have words above its columns that a later sheet holds."""
    text = replaced("heads = 1", 'sheet = "sums"').partition("[[steps]]")[0]
    text += f'[[steps]]\nname = "Own"\nformula = "{formula}"\n'
    proved(text, tmp_path / "own.xlsx")


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


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Saved, Path]]:
    """Random lessons as they are, and copies in which every stored result is wrong."""
    folder = tmp_path_factory.mktemp("sample")
    (folder / "poisoned").mkdir()
    made = {}
    for number in SAMPLE:
        source, target = folder / f"{number}.toml", folder / f"{number}.xlsx"
        source.write_text(as_toml(random_lesson(number)), encoding="utf-8")
        build(str(source), target, language_of(number))
        saved = read(target)
        made[number] = saved, poison(target, folder / "poisoned" / target.name, saved)
    return made


def agree(one: Value, other: Value) -> bool:
    """Whether two contents are one; LibreOffice shows truths of an array as such."""
    if isinstance(one, (float, bool)) and isinstance(other, (float, bool)):
        return error(float(one), float(other)) <= APART
    return type(one) is type(other) and one == other


def require_agreement(saved: Saved, values: dict[str, dict[str, Value]]) -> None:
    wrong = [
        (sheet, cell, saved.sheets[sheet].values.get(cell), values[sheet].get(cell))
        for sheet, cell in computed_cells(saved)
        if not agree(values[sheet].get(cell), saved.sheets[sheet].values.get(cell))
    ]
    assert not wrong


@pytest.mark.parametrize("number", SAMPLE)
def test_gnumeric_agrees(number: int, sample: dict[int, tuple[Saved, Path]]) -> None:
    """Gnumeric computes what is stored, from files whose stored values are wrong."""
    need("ssconvert")
    saved, poisoned = sample[number]
    values = engine("gnumeric")(poisoned, [])
    require_agreement(saved, {sheet: dict(cells) for sheet, cells in values.items()})


def test_libreoffice_agrees(
    sample: dict[int, tuple[Saved, Path]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """LibreOffice likewise, all files in one start."""
    folder = tmp_path_factory.mktemp("libreoffice")
    files = [poisoned for _, poisoned in sample.values()]
    out = convert(files, "xlsx:Calc MS Excel 2007 XML", folder)
    for saved, poisoned in sample.values():
        require_agreement(saved, read_values(out / poisoned.name))
