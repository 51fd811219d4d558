"""How far apart numbers may be, and where: the judge is strict but for what engines estimate."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest
from tools import SMALL, TRAINING, build_text, cell_of, plant

from xlsxattn.builder.expansion import expand
from xlsxattn.check import LOOSE, TOLERANCE, check
from xlsxattn.check.tolerance import differ, distance, tolerance_of
from xlsxattn.compose import compose
from xlsxattn.lesson import Lesson, parse
from xlsxattn.reference import Definition
from xlsxattn.saved import ErrorValue, read

#: Steps with erf, and with what is computed from it; ``Twice`` of the small lesson has none.
STEPS = """
[[steps]]
name = "Bent"
formula = "gelu(X)"

[[steps]]
name = "Total"
formula = "row_sum(Bent)"

[[steps]]
name = "Share"
formula = "softmax(Total)"
"""
GELU = SMALL.replace("\n[[claims]]", f"{STEPS}\n[[claims]]")


def lesson(text: str) -> Lesson:
    return parse(tomllib.loads(text))


@pytest.fixture
def bent(tmp_path: Path) -> Path:
    return build_text(GELU, tmp_path / "bent.xlsx")


def test_downstream_of_erf() -> None:
    """The steps that call erf, and those that read them, through others too."""
    program = [
        Definition("X", ""),
        Definition("erfolg", "X * 2"),
        Definition("Bent", "X * (1 + erf(X / 2))"),
        Definition("Other", "erfolg + X"),
        Definition("Total", "row_sum(Bent)"),
        Definition("Share", "Total / 2"),
    ]
    tolerance = tolerance_of(lesson(SMALL), program)
    assert tolerance.loose == {"Bent", "Total", "Share"}
    assert [tolerance.of(one.name) for one in program] == [
        TOLERANCE, TOLERANCE, LOOSE, TOLERANCE, LOOSE, LOOSE,
    ]  # fmt: skip


def test_a_lesson_without_erf_is_strict_everywhere() -> None:
    """Training alone is loose everywhere."""
    for text, everywhere in ((SMALL, TOLERANCE), (TRAINING, LOOSE)):
        read_lesson = lesson(text)
        program = expand(compose(read_lesson, "en").nodes.values())
        tolerance = tolerance_of(read_lesson, program)
        assert (tolerance.everywhere, tolerance.loose) == (everywhere, frozenset())


def test_gelu_in_ironcalc(bent: Path) -> None:
    """What IronCalc estimates is well, and everything else is as exact as before."""
    report = check(bent)
    assert report.problems == []
    errors = {step.name: step.max_error for step in report.steps}
    for name, error in errors.items():
        loose = any(name.startswith(own) for own in ("Bent", "Total", "Share"))
        assert error is not None and error <= (LOOSE if loose else TOLERANCE), name
    assert {"Bent", "Total", "Share", "Twice"} <= errors.keys()


@pytest.mark.parametrize(("name", "is_found"), [("Bent", False), ("Share", False), ("Twice", True)])
def test_where_a_small_error_is_stale(
    name: str, is_found: bool, bent: Path, tmp_path: Path
) -> None:
    """A stored value that is off by 1e-10 is stale, but where erf comes into it."""
    sheet, cell = cell_of(bent, name)
    saved = read(bent).sheets[sheet]
    value = saved.values[cell]
    assert isinstance(value, float)
    inside = f"<f>{saved.formulas[cell].removeprefix('=')}</f><v>{value + 1e-10!r}</v>"
    report = check(plant(bent, tmp_path / "off.xlsx", (sheet, cell), inside))
    # A chart shows what was stored, too.
    found = [(p.cell, p.kind) for p in report.problems if p.kind != "chart"]
    assert found == [(cell, "stale value")] * is_found


def test_a_larger_error_is_found(bent: Path, tmp_path: Path) -> None:
    """An approximation that is good to seven digits is wrong."""
    sheet, cell = cell_of(bent, "Bent")
    formula = read(bent).sheets[sheet].formulas[cell].removeprefix("=")
    inside = f"<f>{formula}+1E-7</f><v>0</v>"
    report = check(plant(bent, tmp_path / "wrong.xlsx", (sheet, cell), inside))
    assert {"wrong value", "stale value"} <= {p.kind for p in report.problems if p.cell == cell}


def test_differ_and_distance() -> None:
    """Numbers by their error, relative above 1; anything else, and what is no number, exactly."""
    assert not differ(1000.0, 1000.0 + 1e-10, 1e-12)
    assert differ(0.1, 0.1 + 1e-11, 1e-12)
    assert differ(math.nan, math.nan, 1.0)
    assert differ("#N/A", ErrorValue("#N/A"), 1.0)
    assert (distance("a", "a"), distance("a", "b"), distance(None, 0.0)) == (0, math.inf, math.inf)
    assert distance(math.nan, 1.0) == math.inf
