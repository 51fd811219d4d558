"""`check` can fail: every kind of fault is planted, and must be found where it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tools import (
    SMALL,
    build_text,
    cell_of,
    consistent,
    need,
    parts,
    plant,
    replaced,
    without_lesson,
    write_parts,
)

from xlsxattn.check import Problem, Report, check, error
from xlsxattn.cli import main
from xlsxattn.errors import EngineError, LessonError, WorkbookError
from xlsxattn.lesson import find
from xlsxattn.saved import read
from xlsxattn.writer import LESSON_PART

MOUSE = find("mouse").read_text(encoding="utf-8")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def kinds(report: Report, place: tuple[str, str]) -> set[str]:
    """The kinds of problems that are reported at a cell."""
    return {p.kind for p in report.problems if (p.sheet, p.cell) == place}


def all_kinds(report: Report) -> set[str]:
    return {problem.kind for problem in report.problems}


def formula_of(path: Path, place: tuple[str, str]) -> str:
    return read(path).sheets[place[0]].formulas[place[1]].removeprefix("=")


def stored_of(path: Path, place: tuple[str, str]) -> str:
    value = read(path).sheets[place[0]].values[place[1]]
    assert isinstance(value, float)
    return repr(value)


# --- what is well ---------------------------------------------------------------------


def test_well(mouse: Path) -> None:
    """A workbook as it was built: exit code 0, and every step, claim and name is listed."""
    result = run(mouse)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].strip() == "all well"
    assert "Attention_cat" in result.stdout
    assert "swap (what-if)" in result.stdout


def test_small_is_well(tmp_path: Path) -> None:
    """The lesson that other tests spoil is well, in both languages."""
    for language in ("en", "zh"):
        report = check(build_text(SMALL, tmp_path / "small.xlsx", language))
        assert report.ok, report.problems
        assert report.steps


def test_error_is_relative_above_one() -> None:
    """An error is |a − b| / max(1, |b|)."""
    assert error(1.5, 1.0) == 0.5
    assert error(0.0, 0.25) == 0.25
    assert error(300.0, 200.0) == 0.5
    assert error(-300.0, -200.0) == 0.5


# --- planted faults -------------------------------------------------------------------


def test_wrong_formula_with_true_value(mouse: Path, tmp_path: Path) -> None:
    """A wrong formula beside the true value is a stale and a wrong value."""
    place = cell_of(mouse, "Scaled_cat")
    inside = f"<f>{formula_of(mouse, place)}*2</f><v>{stored_of(mouse, place)}</v>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside))
    assert {"stale value", "wrong value"} <= kinds(report, place)
    assert run(tmp_path / "fault.xlsx").exit_code == 1


def test_wrong_formula_with_its_value(mouse: Path, tmp_path: Path) -> None:
    """A wrong formula whose value is stored everywhere is found by NumPy alone."""
    place = cell_of(mouse, "Scaled_cat")
    inside = f"<f>{formula_of(mouse, place)}*2</f><v>0</v>"
    path = consistent(plant(mouse, tmp_path / "fault.xlsx", place, inside))
    report = check(path)
    assert "stale value" not in all_kinds(report)
    assert "wrong value" in kinds(report, place)
    assert run(path).exit_code == 1
    errors = {step.name: step.max_error for step in report.steps}
    assert errors["Scaled_cat"] is not None and errors["Scaled_cat"] > 0.1
    assert errors["Scaled_keyboard"] == pytest.approx(0, abs=1e-12)


def test_wrong_array_formula(mouse: Path, tmp_path: Path) -> None:
    """A wrong array formula is wrong in its cells, and so is what is computed from it."""
    area = read(mouse).names["Scores_cat"]
    place = cell_of(mouse, "Scores_cat")
    inside = f'<f t="array" ref="{area.relative}">MMULT(X_cat,TRANSPOSE(X_keyboard))</f><v>0</v>'
    path = consistent(plant(mouse, tmp_path / "fault.xlsx", place, inside))
    report = check(path)
    assert "wrong value" in kinds(report, cell_of(mouse, "Scores_cat", 0, 4))
    assert "wrong value" in kinds(report, cell_of(mouse, "Attention_cat"))
    assert not kinds(report, cell_of(mouse, "Attention_keyboard"))


def test_right_only_at_these_inputs(mouse: Path, tmp_path: Path) -> None:
    """A formula that leaves out the temperature, which is 1, is found when that changes."""
    place = cell_of(mouse, "Scaled_cat")
    formula = formula_of(mouse, place)
    assert formula.endswith("/Temperature")
    inside = f"<f>{formula.removesuffix('/Temperature')}</f><v>{stored_of(mouse, place)}</v>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside))
    assert kinds(report, place) == {"not live"}
    assert all_kinds(report) == {"not live"}
    assert run(tmp_path / "fault.xlsx").exit_code == 1


def test_follows_but_roughly(mouse: Path, tmp_path: Path) -> None:
    """What is off by a millionth after a change does not follow it."""
    place = cell_of(mouse, "Scaled_cat")
    formula = f"{formula_of(mouse, place)}+(Temperature-1)*1E-5"
    inside = f"<f>{formula}</f><v>{stored_of(mouse, place)}</v>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside))
    assert kinds(report, place) == {"not live"}


@pytest.mark.parametrize(
    "name", ["Scaled_cat", "Attention_cat", "Output_keyboard", "d_k", "Leaning"]
)
def test_constant(name: str, mouse: Path, tmp_path: Path) -> None:
    """A typed number where a formula belongs is found, though it is the true number."""
    place = cell_of(mouse, name)
    inside = f"<v>{stored_of(mouse, place)}</v>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside))
    assert "constant" in kinds(report, place)
    assert run(tmp_path / "fault.xlsx").exit_code == 1


def test_constant_dressed_as_formula(mouse: Path, tmp_path: Path) -> None:
    """=0.25 with the true value beside it is found because it does not follow the inputs."""
    place = cell_of(mouse, "Attention_cat", 2, 1)
    value = stored_of(mouse, place)
    inside = f"<f>{value}</f><v>{value}</v>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside))
    assert kinds(report, place) == {"not live"}
    assert run(tmp_path / "fault.xlsx").exit_code == 1


def test_stale_value(mouse: Path, tmp_path: Path) -> None:
    """A stored value that is off by 1e-9 is stale; the formulas are well."""
    place = cell_of(mouse, "RowSum_cat", 3)
    near = float(stored_of(mouse, place)) + 1e-9
    inside = f"<f>{formula_of(mouse, place)}</f><v>{near!r}</v>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside))
    assert [(p.sheet, p.cell, p.kind) for p in report.problems] == [(*place, "stale value")]


def test_missing_value(mouse: Path, tmp_path: Path) -> None:
    """A formula without a stored value is stale: a preview would show nothing."""
    place = cell_of(mouse, "RowSum_cat", 3)
    inside = f"<f>{formula_of(mouse, place)}</f>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside))
    assert [(p.sheet, p.cell, p.kind) for p in report.problems] == [(*place, "stale value")]
    assert "nothing" in report.problems[0].message


def test_error_cell(mouse: Path, tmp_path: Path) -> None:
    """A formula that gives an error is named with its error, even where that is stored."""
    place = cell_of(mouse, "Leaning", 1)
    path = plant(mouse, tmp_path / "fault.xlsx", place, "<f>1/0</f><v>#DIV/0!</v>", "e")
    report = check(path)
    assert "error cell" in kinds(report, place)
    assert any("#DIV/0!" in p.message for p in report.problems if p.cell == place[1])
    result = run(path)
    assert result.exit_code == 1
    assert f"error cell: {place[0]}!{place[1]}" in result.stdout
    leaning = next(step for step in report.steps if step.name == "Leaning")
    assert leaning.max_error is None


def test_typed_error(mouse: Path, tmp_path: Path) -> None:
    """An error that is typed is an error cell too."""
    sheet = cell_of(mouse, "Temperature")[0]
    path = plant(mouse, tmp_path / "fault.xlsx", (sheet, "C4"), "<v>#N/A</v>", "e")
    assert kinds(check(path), (sheet, "C4")) == {"error cell"}


def test_text_as_input(mouse: Path, tmp_path: Path) -> None:
    """A word where a number belongs is a problem of the input, not a crash."""
    place = cell_of(mouse, "Vocabulary", 1, 1)
    inside = "<is><t>two</t></is>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside, "inlineStr"))
    assert "input" in kinds(report, place)
    assert run(tmp_path / "fault.xlsx").exit_code == 1


def test_unknown_word(mouse: Path, tmp_path: Path) -> None:
    """A word that is not in the vocabulary is a problem of the inputs and gives error cells."""
    place = cell_of(mouse, "Words_cat", 2)
    inside = "<is><t>zebra</t></is>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside, "inlineStr"))
    assert "error cell" in kinds(report, cell_of(mouse, "X_cat", 2))
    assert any(p.kind == "input" and "zebra" in p.message for p in report.problems)
    assert run(tmp_path / "fault.xlsx").exit_code == 1


# --- claims ---------------------------------------------------------------------------


def test_broken_claim(tmp_path: Path) -> None:
    """A lesson whose numbers do not bear out a live claim: its cell reads ✗, and that counts."""
    text = replaced("mouse = [1.2, 1.2, 0.0, 0.0]", "mouse = [0.0, 1.9, 0.0, 0.0]", MOUSE)
    path = build_text(text, tmp_path / "broken.xlsx")
    report = check(path)
    place = cell_of(path, "Claim_leans_animal")
    assert kinds(report, place) == {"claim"}
    assert {c.name: c.ok for c in report.claims}["leans_animal"] is False
    assert {c.name: c.ok for c in report.claims}["rows_sum_to_1"] is True
    result = run(path)
    assert result.exit_code == 1
    assert "✗ leans_animal (live)" in result.stdout


def test_broken_what_if(tmp_path: Path) -> None:
    """A what-if claim that its change does not bear out is reported."""
    text = replaced('\'Vocabulary["mouse", "animal"]\' = 2.0', "'Temperature' = 2.0", MOUSE)
    report = check(build_text(text, tmp_path / "broken.xlsx"))
    assert {c.name: c.ok for c in report.claims if c.kind == "what-if"} == {
        "one_vocabulary": False,
        "swap": True,
    }
    assert [p.kind for p in report.problems] == ["claim"]
    assert "one_vocabulary" in report.problems[0].message


def test_claim_that_always_holds(mouse: Path, tmp_path: Path) -> None:
    """A verdict that says ✓ whatever happens is found when it should turn."""
    place = cell_of(mouse, "Claim_leans_device")
    inside = '<f>IF(TRUE,"✓","✗")</f><v>✓</v>'
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside, "str"))
    assert kinds(report, place) == {"not live"}
    assert run(tmp_path / "fault.xlsx").exit_code == 1


def test_typed_verdict(mouse: Path, tmp_path: Path) -> None:
    """A typed ✓ is no verdict."""
    place = cell_of(mouse, "Claim_same_input")
    inside = "<is><t>✓</t></is>"
    report = check(plant(mouse, tmp_path / "fault.xlsx", place, inside, "inlineStr"))
    assert "constant" in kinds(report, place)


def test_claim_that_does_not_apply(tmp_path: Path) -> None:
    """A claim about a word that is absent reads – and is neither true nor false."""
    text = SMALL + (
        '[[claims]]\nname = "heavy"\ntext = "t"\nholds = \'X["cat", 0] >= 2\'\n'
        '[[claims]]\nname = "warm"\ntext = "t"\nholds = \'X[0, 0] >= 2\'\n'
        'when = "Temperature > 5"\n'
    )
    text = replaced('words = ["cat", "dog", "mouse"]', 'words = ["dog", "mouse"]', text)
    path = build_text(text, tmp_path / "absent.xlsx")
    report = check(path)
    assert report.ok, report.problems
    assert {c.name: c.ok for c in report.claims} == {"sums": True, "heavy": None, "warm": None}
    assert "– heavy (live)" in run(path).stdout


# --- structure ------------------------------------------------------------------------


def without_name(path: Path, name: str, target: Path) -> Path:
    content = parts(path)
    book = content["xl/workbook.xml"].decode()
    pattern = rf'<definedName name="{name}">[^<]*</definedName>'
    assert len(re.findall(pattern, book)) == 1
    content["xl/workbook.xml"] = re.sub(pattern, "", book).encode()
    return write_parts(target, content)


@pytest.mark.parametrize("name", ["Leaning", "Temperature", "Claim_same_input", "Words_cat"])
def test_missing_name(name: str, mouse: Path, tmp_path: Path) -> None:
    """A defined name that is gone is a problem, of an input, a step and a claim alike."""
    path = without_name(mouse, name, tmp_path / "fault.xlsx")
    report = check(path)
    missing = [p.message for p in report.problems if p.kind == "missing name"]
    assert missing == [f"expected a defined name {name}, got none"]
    assert run(path).exit_code == 1


def test_name_of_wrong_size(mouse: Path, tmp_path: Path) -> None:
    """A defined name that covers less than its matrix is a problem."""
    content = parts(mouse)
    whole = read(mouse).names["RowSum_cat"]
    less = whole.part(0, 0, 4, 1)
    book = content["xl/workbook.xml"].decode()
    content["xl/workbook.xml"] = replaced(
        f'"RowSum_cat">{whole.with_sheet}<', f'"RowSum_cat">{less.with_sheet}<', book
    ).encode()
    report = check(write_parts(tmp_path / "fault.xlsx", content))
    assert [p.kind for p in report.problems] == ["missing name"]
    assert "expected 5×1 cells" in report.problems[0].message


def test_damaged_lesson(mouse: Path, tmp_path: Path) -> None:
    """A lesson part that cannot be read: exit code 2 and one line."""
    content = parts(mouse)
    content[LESSON_PART] = content[LESSON_PART].replace(b'"format":1', b'"format":7')
    path = write_parts(tmp_path / "fault.xlsx", content)
    with pytest.raises(LessonError):
        check(path)
    result = run(path)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "fault.xlsx" in result.stderr


def test_other_lesson(mouse: Path, tmp_path: Path) -> None:
    """A lesson part whose parts do not fit together: exit code 2 and one line."""
    content = parts(mouse)
    text = content[LESSON_PART].decode()
    content[LESSON_PART] = text.replace('X_cat[\\"mouse\\"]', 'Nope[\\"mouse\\"]').encode()
    assert content[LESSON_PART] != text.encode()
    path = write_parts(tmp_path / "fault.xlsx", content)
    with pytest.raises(WorkbookError, match=r"fault\.xlsx.*Nope"):
        check(path)
    result = run(path)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_without_lesson(mouse: Path, tmp_path: Path) -> None:
    """A workbook without a lesson is checked against its stored values, and says so."""
    path = write_parts(tmp_path / "bare.xlsx", without_lesson(parts(mouse)))
    report = check(path)
    assert (report.reference, report.lesson, report.ok) == ("stored", "", True)
    steps = {step.name: step for step in report.steps}
    assert steps["Attention_cat"].cells == 25
    assert "Temperature" not in steps
    place = cell_of(mouse, "Scaled_cat")
    inside = f"<f>{formula_of(path, place)}</f><v>3.5</v>"
    worse = check(plant(path, tmp_path / "worse.xlsx", place, inside))
    assert [(p.cell, p.kind) for p in worse.problems] == [(place[1], "stale value")]


def test_lost_lesson(mouse: Path, tmp_path: Path) -> None:
    """A file that says it carries a lesson, and carries none, is not well: exit code 1."""
    path = write_parts(tmp_path / "lost.xlsx", without_lesson(parts(mouse), "lesson"))
    assert [p.kind for p in check(path).problems] == ["lesson"]
    assert run(path).exit_code == 1


# --- the report -----------------------------------------------------------------------


def test_json(mouse: Path, tmp_path: Path) -> None:
    """The report for programs has exactly the keys of the contract."""
    place = cell_of(mouse, "Scaled_cat")
    inside = f"<f>{formula_of(mouse, place)}*2</f><v>0</v>"
    path = plant(mouse, tmp_path / "fault.xlsx", place, inside)
    result = run(path, "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert list(data) == [
        "file", "lesson", "engine", "reference", "ok", "steps", "claims", "problems", "notes",
    ]  # fmt: skip
    assert data["file"] == str(path)
    assert data["lesson"] == "One word, two contexts"
    assert (data["engine"], data["reference"], data["ok"]) == ("ironcalc", "numpy", False)
    assert all(set(s) == {"name", "sheet", "range", "cells", "max_error"} for s in data["steps"])
    assert all(set(c) == {"name", "sheet", "cell", "kind", "ok"} for c in data["claims"])
    assert all(set(p) == {"sheet", "cell", "kind", "message"} for p in data["problems"])
    step = next(s for s in data["steps"] if s["name"] == "Attention_cat")
    area = read(mouse).names["Attention_cat"]
    assert (step["sheet"], step["range"], step["cells"]) == (area.sheet, area.relative, 25)
    assert {c["kind"] for c in data["claims"]} == {"live", "what-if"}
    assert {"sheet": place[0], "cell": place[1]}.items() <= data["problems"][0].items()


def test_json_of_several(mouse: Path, tmp_path: Path) -> None:
    """Several files give a list; one that is not well makes the exit code 1."""
    bad = without_name(mouse, "Leaning", tmp_path / "fault.xlsx")
    result = run(mouse, bad, "--json")
    assert result.exit_code == 1
    assert [report["ok"] for report in json.loads(result.stdout)] == [True, False]
    assert run(mouse, mouse, "--json").exit_code == 0


def test_problems_are_data() -> None:
    """A report with a problem is not ok; one without is."""
    report = Report("a.xlsx", "", "ironcalc", "stored")
    assert report.ok
    report.problems.append(Problem("S", "A1", "claim", "it does not hold"))
    assert not report.ok
    assert report.data()["ok"] is False


def test_unknown_engine(mouse: Path) -> None:
    """An engine that does not exist: exit code 2 and the names of those that do."""
    with pytest.raises(EngineError):
        check(mouse, "excel")
    result = run(mouse, "--engine", "excel")
    assert result.exit_code == 2
    assert "ironcalc" in result.stderr


@pytest.mark.parametrize(
    ("name", "program"), [("libreoffice", "soffice"), ("gnumeric", "ssconvert")]
)
def test_other_engines(name: str, program: str, tmp_path: Path) -> None:
    """Other engines prove a workbook too, and find a constant that is dressed as a formula."""
    need(program)
    text = 'format = 1\ntitle = "T"\n[[inputs]]\nname = "Rate"\nvalues = [[0.5]]\n'
    text += '[[steps]]\nname = "Double"\nformula = "Rate * 2"\ntitle = "Double"\n'
    path = build_text(text, tmp_path / "small.xlsx")
    report = check(path, name)
    assert report.ok, report.problems
    assert (report.engine, report.reference) == (name, "numpy")
    place = cell_of(path, "Double")
    report = check(plant(path, tmp_path / "fault.xlsx", place, "<f>0.5*2</f><v>1.0</v>"), name)
    assert kinds(report, place) == {"not live"}
