"""The lesson `stories`: a whole model, small enough for tests, beside NumPy written apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from by_hand import llama
from click.testing import CliRunner
from conftest import Workbooks
from shared import Shared

import xlsxattn
from xlsxattn import Workbook
from xlsxattn import lesson as files
from xlsxattn.a1 import Area, address, parse_area
from xlsxattn.build import build
from xlsxattn.check import check
from xlsxattn.cli import main
from xlsxattn.engines import engine
from xlsxattn.engines.uno_session import Session, why_missing
from xlsxattn.errors import LessonError, XlsxattnError

TOKENS = 12
NAMES = ("Beginning", "Story", "Tokens", "Logits", "Temperature")
BEGINNINGS = (
    "", "a", "Once upon a time", "The cat and the mouse", "  two  spaces ", "HELLO 123",
    "#@{}=^_~*?|",
    '"Hi," he said', "=1+1", "<s>",
)  # fmt: skip
#: What the published program writes with 48 tokens, the first of them.
PUBLISHED = {
    "": " Once upon a time, there was a little girl named Lily.",
    "The cat and the mouse": " The cat and the mouse were playing in the park. They were",
    "Lily had a red ball. She": " Lily had a red ball. She loved to play with her toys",
}

Show = Callable[[list[tuple[str, float | str]]], dict[str, list[object]]]


@pytest.fixture(scope="module")
def stories(shared: Shared) -> Path:
    def make() -> Path:
        path = shared.new_folder("stories") / "stories.xlsx"
        build("stories", path, tokens=TOKENS)
        return path

    return shared.once("stories", make)


@pytest.fixture(scope="module")
def areas(stories: Path) -> dict[str, Area]:
    book = openpyxl.load_workbook(stories, read_only=True)
    return {name: parse_area(one.attr_text) for name, one in book.defined_names.items()}


@pytest.fixture
def show(stories: Path, areas: dict[str, Area]) -> Show:
    """What the cells of names hold after other content was typed into single ones."""

    def shown(typed: list[tuple[str, float | str]]) -> dict[str, list[object]]:
        changes = [
            (areas[name].sheet, address(areas[name].row, areas[name].column), content)
            for name, content in typed
        ]
        values = engine("ironcalc")(stories, changes)
        return {
            name: [values[area.sheet].get(address(*cell)) for cell in area.cells()]
            for name, area in areas.items()
        }

    return shown


def require_written(shown: dict[str, list[object]], want: llama.Written) -> None:
    assert [int(str(token).removesuffix(".0")) for token in shown["Tokens"]] == want.tokens
    logits = np.array(shown["Logits"], dtype=float).reshape(want.logits.shape)
    assert np.abs(logits - want.logits).max() <= 1e-9
    assert shown["Story"] == [want.story]


@pytest.mark.parametrize("text", PUBLISHED)
def test_numpy_writes_what_was_published(text: str) -> None:
    assert llama.write(text, 30).story.startswith(PUBLISHED[text])


def test_names(areas: dict[str, Area]) -> None:
    assert {*NAMES} <= {*areas}


@pytest.mark.parametrize("text", BEGINNINGS)
def test_writes(text: str, show: Show) -> None:
    """Tokens, logits and story of many kinds of beginnings are NumPy's."""
    require_written(show([("Beginning", text)]), llama.write(text, TOKENS))


@pytest.mark.parametrize("temperature", [0.001, 0.7, 100.0])
def test_draws(temperature: float, show: Show) -> None:
    """Above 0 a temperature draws, from the numbers that are typed, by Gumbel noise."""
    shown = show([("Temperature", temperature)])
    dice = np.array(shown["Dice"], dtype=float).reshape(TOKENS, 512)
    want = llama.write("Once upon a time", TOKENS, temperature, dice)
    require_written(shown, want)
    assert ((dice > 0) & (dice < 1)).all()
    assert 0.49 < dice.mean() < 0.51


def test_a_beginning_that_is_too_long(show: Show) -> None:
    """It says how many tokens there are, and how many fit."""
    text = "12345 67890 12345"
    shown = show([("Beginning", text)])
    typed = len(llama.encode(text))
    assert f"{typed} tokens" in str(shown["Outcome"][0])
    assert f"{TOKENS - 1} tokens fit at most" in str(shown["Outcome"][0])
    assert shown["Story"] == [llama.write(text, TOKENS).story]


def test_other_characters_are_refused_in_words(show: Show) -> None:
    for text in ("猫", "café", "a？"):
        shown = show([("Beginning", text)])
        assert "Only English letters" in str(shown["Outcome"][0]), text


def test_the_chosen_word(show: Show) -> None:
    """The five likeliest words after it, and their probabilities, are those of its logits."""
    shown = show([("Row", 3.0), ("Layer", 5.0), ("Head", 8.0)])
    logits = llama.write("Once upon a time", TOKENS).logits[2]
    shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    best = np.argsort(-shares)[:5]
    assert shown["Likely_words"] == [str(llama.arrays()["Shown"][token]) for token in best]
    assert np.allclose(np.array(shown["Likely"], dtype=float), shares[best], atol=1e-12)
    looks = np.array(shown["Looks"], dtype=float).reshape(TOKENS, TOKENS)
    assert (np.triu(looks, 1) == 0).all()
    assert np.allclose(looks.sum(axis=1), 1)


def test_check(stories: Path) -> None:
    report = check(stories)
    assert report.ok, report.problems[:5]
    assert len(report.claims) == 6


def test_typed_into_libreoffice(stories: Path, areas: dict[str, Area]) -> None:
    """Typed into the opened workbook, with nothing recalculated by force."""
    if missing := why_missing():
        pytest.skip(missing)
    typed = areas["Beginning"]
    with Session() as session:
        session.open(stories)
        for text in ("The cat", ""):
            session.edit([(typed.sheet, address(typed.row, typed.column), text)])
            sheets = session.read()
            shown: dict[str, list[object]] = {
                name: [sheets[area.sheet][r - 1][c - 1] for r, c in area.cells()]
                for name, area in areas.items()
                if name in NAMES
            }
            require_written(shown, llama.write(text, TOKENS))


def test_in_chinese(tmp_path: Path) -> None:
    build("stories", tmp_path / "zh.xlsx", "zh", tokens=4)
    book = openpyxl.load_workbook(tmp_path / "zh.xlsx", read_only=True)
    assert "谁看谁" in book.sheetnames


@pytest.mark.parametrize("tokens", [0, 3, 97, 1000])
def test_refuses_other_numbers_of_tokens(tokens: int, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["build", "stories", "--tokens", str(tokens), "-o", str(tmp_path / "a.xlsx")]
    )
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert "expected a whole number from 4 to 96" in done.stderr
    assert not list(tmp_path.iterdir())


def test_tokens_are_of_lessons_that_have_some(tmp_path: Path) -> None:
    for lesson in ("mouse", "course"):
        with pytest.raises(LessonError, match="tokens"):
            build(lesson, tmp_path / "a.xlsx", tokens=5)


@pytest.mark.parametrize("damage", ["missing", "short", "other"])
def test_damaged_weights(damage: str, tmp_path: Path) -> None:
    """One line that names the file, and nothing is written."""
    lesson = tmp_path / "stories.toml"
    shutil.copy(files.find("stories"), lesson)
    weights = tmp_path / "weights/stories260K/stories260K.npz"
    weights.parent.mkdir(parents=True)
    if damage == "short":
        weights.write_bytes(llama.WEIGHTS.read_bytes()[:500_000])
    elif damage == "other":
        arrays = llama.arrays()
        np.savez(weights, **{**arrays, "W_K_layer2": arrays["W_K_layer2"][:, :5]})
    with pytest.raises(XlsxattnError, match=r"stories260K\.npz|W_K_layer2") as error:
        build(str(lesson), tmp_path / "a.xlsx", tokens=4)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "a.xlsx").exists()


def test_is_no_part_of_the_course(workbooks: Workbooks) -> None:
    """The contents name it, and how it is built."""
    assert "stories" not in files.template_names()
    contents = workbooks.saved("course").sheets["Contents"]
    assert any("xlsxattn build stories" in str(text) for text in contents.values.values())


@pytest.mark.parametrize("name", ["ironcalc", "libreoffice", "gnumeric"])
def test_what_is_found_by_number(name: str, tmp_path: Path) -> None:
    """Every function for models that read and write is the same in every engine."""
    if name != "ironcalc" and shutil.which({"gnumeric": "ssconvert"}.get(name, "soffice")) is None:
        pytest.skip(f"expected {name} on this machine, got none")
    book = Workbook("Found")
    table = book.input("Table", [[3.0, 1.0], [1.0, 4.0], [1.0, 5.0]])
    numbers = book.input("Numbers", [[2.0], [0.0], [2.0]])
    which = book.input("Which", [[2.0]])
    keys = book.input("Keys", [[5.0], [3.0]])
    values = book.input("Values", [[50.0], [30.0]])
    expected = {
        "Rows": [1, 5, 3, 1, 1, 5],
        "Matches": [30, -1, -1, -1, -1, 50],
        "Best": [3, 4, 5],
        "Both": [3, 1, 4, 1, 5, 1],
        "At": [0, 1, 1, 0, 1, 0],
        "Second": [1, 4, 5],
        "Chosen": [6, 2, 2, 8, 2, 10],
    }
    book.step("Rows", xlsxattn.pick(table, numbers))
    book.step("Matches", xlsxattn.match(table, keys, values, -1))
    book.step("Best", xlsxattn.largest(table))
    book.step("Both", xlsxattn.largest(table, 2))
    book.step("At", xlsxattn.largest_columns(table, 2))
    book.step("Second", xlsxattn.head_of(table, 2, which))
    book.step("Chosen", xlsxattn.choose(which, table, table * 2))
    book.save(tmp_path / "found.xlsx")
    shown = engine(name)(tmp_path / "found.xlsx", [])
    names = openpyxl.load_workbook(tmp_path / "found.xlsx").defined_names
    for step, want in expected.items():
        area = parse_area(names[step].attr_text)
        assert [shown[area.sheet][address(*cell)] for cell in area.cells()] == want, step
