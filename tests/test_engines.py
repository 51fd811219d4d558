"""Engines: they recalculate for real, follow changes, and say in one line what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tools import (
    build_text,
    cell_of,
    computed_cells,
    consistent,
    need,
    parts,
    plant,
    poison,
    replaced,
    same,
    values_of,
    write_parts,
)

from xlsxattn import lesson as files
from xlsxattn.a1 import parse_address
from xlsxattn.engines import Recalculate, engine
from xlsxattn.errors import EngineError
from xlsxattn.saved import ErrorValue, read, read_values

PROGRAMS = {"libreoffice": "soffice", "gnumeric": "ssconvert"}


@pytest.fixture(params=["ironcalc", "libreoffice", "gnumeric"])
def recalculate(request: pytest.FixtureRequest) -> Recalculate:
    """Each engine in turn, where its program is installed."""
    if request.param in PROGRAMS:
        need(PROGRAMS[request.param])
    return engine(request.param)


@pytest.fixture(scope="module")
def poisoned_mouse(mouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return poison(mouse, tmp_path_factory.mktemp("engines") / "poisoned.xlsx")


@pytest.mark.parametrize("form", ["cells", "arrays"])
def test_poison_reaches_every_result(form: str, mouse: Path, tmp_path: Path) -> None:
    """The poison that the tests use is in ordinary formulas, in arrays and in texts."""
    path = mouse
    if form == "arrays":
        text = files.find("mouse").read_text(encoding="utf-8")
        text = replaced("format = 1\n", 'format = 1\nform = "arrays"\n', text)
        path = build_text(text, tmp_path / "arrays.xlsx")
    poisoned = poison(path, tmp_path / "poisoned.xlsx")
    true, wrong = read_values(path), read_values(poisoned)
    cells = computed_cells(read(path))
    assert not [c for c in cells if same(true[c[0]][c[1]], wrong[c[0]][c[1]])]
    assert read(path).sheets.keys() == read(poisoned).sheets.keys()
    for title, sheet in read(path).sheets.items():
        assert len(sheet.arrays) < len(sheet.formulas)
        assert sheet.formulas == read(poisoned).sheets[title].formulas
    arrays = [area for sheet in read(path).sheets.values() for area in sheet.arrays.values()]
    assert bool(arrays) == (form == "arrays")
    assert {type(true[sheet][cell]) for sheet, cell in cells} == {float, str}


def test_recalculates(recalculate: Recalculate, mouse: Path, poisoned_mouse: Path) -> None:
    """An engine gives the true values for a file whose stored results are all wrong."""
    true, found = read_values(mouse), recalculate(poisoned_mouse, [])
    for sheet, cell in computed_cells(read(mouse)):
        assert same(found[sheet].get(cell), true[sheet][cell]), cell


def test_follows_changes(recalculate: Recalculate, mouse: Path) -> None:
    """A changed number and a changed word go through every step, and the file stays as it was."""
    before = mouse.read_bytes()
    names = read(mouse).names
    changes = [
        (*cell_of(mouse, "Temperature"), 2.5),
        (*cell_of(mouse, "Vocabulary", 0, 1), -0.375),
        (*cell_of(mouse, "Words_cat", 4), "keyboard"),
    ]
    found = recalculate(mouse, changes)
    assert mouse.read_bytes() == before
    X = np.array(values_of(found, names["X_cat"]), dtype=float)
    assert X[0].tolist() == [2.0, -0.375, 0.0, 0.5]
    assert X[4].tolist() == [0.0, 2.0, 0.0, 0.5]
    scores = X @ X.T / np.sqrt(4) / 2.5
    weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    output = np.array(values_of(found, names["Output_cat"]), dtype=float)
    assert np.abs(output - weights @ X).max() <= 1e-12
    assert values_of(found, names["Words_cat"])[4] == ["keyboard"]


def test_wanted(mouse: Path) -> None:
    """What is wanted is all that IronCalc hands over, and the same as without."""
    (title, *others), all_of = read(mouse).sheets, engine("ironcalc")(mouse, [])
    some = engine("ironcalc")(mouse, [], {title: (30, 6)})
    assert others
    assert [*some] == [title]
    places = {cell: parse_address(cell) for cell in all_of[title]}
    inside = [cell for cell, (row, column) in places.items() if row <= 30 and column <= 6]
    assert 0 < len(inside) < len(places)
    assert sorted(some[title]) == sorted(inside)
    assert all(some[title][cell] == all_of[title][cell] for cell in some[title])


def test_shows_errors(recalculate: Recalculate, mouse: Path, tmp_path: Path) -> None:
    """A formula that fails gives an error value, which no text is."""
    place = cell_of(mouse, "Temperature")
    path = plant(mouse, tmp_path / "error.xlsx", place, "<f>1/0</f><v>1.0</v>")
    value = recalculate(path, [])[place[0]][place[1]]
    assert isinstance(value, ErrorValue)
    assert value == "#DIV/0!"
    word = cell_of(mouse, "Words_cat", 0)
    inside = "<is><t>#DIV/0!</t></is>"
    text = plant(mouse, tmp_path / "text.xlsx", word, inside, "inlineStr")
    shown = recalculate(text, [])[word[0]][word[1]]
    assert shown == "#DIV/0!"
    assert not isinstance(shown, ErrorValue)


def test_no_such_file(recalculate: Recalculate, tmp_path: Path) -> None:
    """A file that is not there is one EngineError with its name."""
    with pytest.raises(EngineError, match=r"nothing\.xlsx: expected a workbook") as caught:
        recalculate(tmp_path / "nothing.xlsx", [])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["libreoffice", "gnumeric"])
def test_missing_program(
    name: str, mouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that is not installed is one EngineError that names its program."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=f"to be installed.*{PROGRAMS[name]}") as caught:
        engine(name)(mouse, [])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["libreoffice", "gnumeric"])
def test_program_that_fails(
    name: str, mouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that leaves no result is one EngineError with what it said."""
    program = tmp_path / PROGRAMS[name]
    program.write_text("#!/bin/sh\necho 'no\nlicence' >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="expected a recalculated file, got no licence"):
        engine(name)(mouse, [])


def test_unknown_engine() -> None:
    """A name that is no engine brings the names that are."""
    with pytest.raises(EngineError, match="ironcalc, libreoffice, gnumeric, got 'excel'"):
        engine("excel")


# --- the tools of these tests ---------------------------------------------------------


def test_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing program skips a test, and fails it where CI is set."""
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
        need("no-such-program")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is not installed"):
        need("no-such-program")


def test_consistent(mouse: Path, poisoned_mouse: Path, tmp_path: Path) -> None:
    """What makes stored values consistent again gives a poisoned file its true ones back."""
    copy = write_parts(tmp_path / "copy.xlsx", parts(poisoned_mouse))
    true, again = read_values(mouse), read_values(consistent(copy))
    for sheet, cell in computed_cells(read(mouse)):
        assert same(again[sheet][cell], true[sheet][cell])
