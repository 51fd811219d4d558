"""The README: what it says is typed works, and what it says is printed is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Validate
from tools import need

from xlsxattn.build import build
from xlsxattn.check import check
from xlsxattn.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(heading: str) -> list[tuple[str, str]]:
    """Language and text of each block of code in a section."""
    section = re.split(r"^## ", README.partition(f"\n## {heading}\n")[2], flags=re.M)[0]
    found = re.findall(r"^```(\w*)\n(.*?)^```$", section, re.M | re.S)
    assert found, heading
    return found


PYTHON = blocks("From Python")
EXAMPLES = [text for language, text in PYTHON if language == "python"]
PRINTED = [text for language, text in PYTHON if not language]
FILES = ["attention.xlsx", "power.xlsx"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every example in Python has been run as it stands."""
    folder = tmp_path_factory.mktemp("readme")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    for number, text in enumerate(EXAMPLES):
        (folder / f"example{number}.py").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, f"example{number}.py"],
            cwd=folder, env=environment, capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        (folder / f"example{number}.txt").write_bytes(done.stdout)
    return folder


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_prints_what_it_shows(written: Path, number: int) -> None:
    """An example prints the block that follows it, to the letter."""
    printed = (written / f"example{number}.txt").read_text(encoding="utf-8")
    assert printed == PRINTED[number]


def test_about_ten_lines() -> None:
    """The first example is short, and every example has its result."""
    assert len(EXAMPLES) == len(PRINTED) == len(FILES)
    assert len([line for line in EXAMPLES[0].splitlines() if line]) <= 12


@pytest.mark.parametrize("engine", ["ironcalc", "libreoffice", "gnumeric"])
@pytest.mark.parametrize("name", FILES)
def test_examples_recalculate(written: Path, name: str, engine: str) -> None:
    """Every engine gives the stored values again."""
    if engine != "ironcalc":
        need({"libreoffice": "soffice", "gnumeric": "ssconvert"}[engine])
    report = check(written / name, engine)
    assert report.ok, report.problems
    assert report.reference == "stored"
    assert max(step.max_error or 0.0 for step in report.steps) <= 1e-12


def test_examples_are_valid(written: Path, validate: Validate) -> None:
    """The Open XML validator finds nothing."""
    assert validate(written / name for name in FILES) == [[] for _ in FILES]


def test_smallest_lesson(tmp_path: Path) -> None:
    """The smallest lesson file can be built as it stands, also with the claim after it."""
    lesson, claim = (text for language, text in blocks("Your own sentence") if language == "toml")
    for number, text in enumerate((lesson, lesson + claim)):
        source, target = tmp_path / f"{number}.toml", tmp_path / f"{number}.xlsx"
        source.write_text(text, encoding="utf-8")
        build(str(source), target)
        report = check(target)
        assert report.ok, report.problems
        assert [claim.ok for claim in report.claims] == [True] * number


def test_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first commands print what stands after them, but for lines that are left out."""
    monkeypatch.chdir(tmp_path)
    (_, command), (_, wrote), *_ = blocks("Build it")
    built = CliRunner().invoke(main, command.split("xlsxattn ")[-1].split())
    assert built.exit_code == 0
    assert built.output == wrote
    (_, command), (_, shown) = blocks("Open it, and check it")
    checked = CliRunner().invoke(main, command.split("xlsxattn ")[-1].split())
    assert checked.exit_code == 0
    lines = [_words(line) for line in checked.output.splitlines()]
    for line in shown.splitlines():
        assert line.strip() == "…" or _words(line) in lines, line


def test_own_classifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentences and the three commands as they stand, what is printed, and a good workbook."""
    monkeypatch.chdir(tmp_path)
    (kind, sentences), (_, commands), (_, wrote) = blocks("Your own classifier")
    assert kind == "csv"
    Path("sentences.csv").write_text(sentences, encoding="utf-8")
    lines = [line.partition("xlsxattn ")[2].split() for line in commands.splitlines()]
    assert [line[0] for line in lines] == ["new", "train", "build"]
    results = [CliRunner().invoke(main, line) for line in lines]
    assert [one.exit_code for one in results] == [0, 0, 0]
    assert results[0].output == wrote
    report = check(Path("output/my.xlsx"))
    assert report.ok, report.problems
    assert all(claim.ok for claim in report.claims)


def _words(line: str) -> list[str]:
    """A line without its spaces, and without an error that depends on the machine."""
    return re.sub(r"\d\.\de[+-]\d+$", "", line).split()
