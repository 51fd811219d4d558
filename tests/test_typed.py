"""What a person may type: inside the limits no cell shows an error, outside no claim does."""

from __future__ import annotations

import pytest
from conftest import Workbooks
from tools import errors_in, need

from xlsxattn import lesson as files
from xlsxattn.a1 import address
from xlsxattn.compose import compose
from xlsxattn.engines import Values, engine
from xlsxattn.expression import ABSENT, Input, Verdict, Words
from xlsxattn.saved import Change, Saved

LESSONS = files.template_names()
every_lesson = pytest.mark.parametrize("lesson", LESSONS)


def inputs(lesson: str) -> list[Input | Words]:
    """Everything that a lesson lets a person type."""
    nodes = compose(files.load(files.find(lesson), "en"), "en").nodes
    return [node for node in nodes.values() if isinstance(node, (Input, Words))]


def first_cell(saved: Saved, name: str) -> tuple[str, str]:
    """Sheet and address of the first cell of a named matrix."""
    area = saved.names[name]
    return area.sheet, address(area.row, area.column)


def limited(lesson: str, saved: Saved) -> list[list[Change]]:
    """Each limited number at each of its limits, then all of them at each."""
    both = [
        [(*first_cell(saved, node.name), float(node.limits[end])) for end in (0, 1)]
        for node in inputs(lesson)
        if isinstance(node, Input) and node.limits
    ]
    return [[one] for pair in both for one in pair] + [
        [pair[end] for pair in both] for end in (0, 1)
    ]


@every_lesson
def test_no_errors_at_the_limits(lesson: str, workbooks: Workbooks) -> None:
    """Every number that has limits, at both of them."""
    saved = workbooks.saved(lesson)
    for changes in limited(lesson, saved):
        assert not errors_in(engine("ironcalc")(saved.path, changes)), changes


@pytest.mark.parametrize("lesson", ["mouse", "translate"])
def test_no_errors_at_the_limits_in_libreoffice(lesson: str, workbooks: Workbooks) -> None:
    """The same in another engine."""
    need("soffice")
    saved = workbooks.saved(lesson)
    for changes in limited(lesson, saved)[-2:]:
        assert not errors_in(engine("libreoffice")(saved.path, changes)), changes


def assert_claims_are_claims(saved: Saved, values: Values) -> None:
    """Each live claim reads ✓, ✗ or –."""
    assert saved.carried is not None
    claims = {f"Claim_{c.name}" for one in saved.carried.lessons for c in one.lesson.claims}
    for name in saved.names:
        if name in claims:
            sheet, cell = first_cell(saved, name)
            shown = values[sheet].get(cell)
            assert type(shown) is str and shown in (Verdict.YES, Verdict.NO, ABSENT), name


@every_lesson
def test_claims_never_show_an_error(lesson: str, workbooks: Workbooks) -> None:
    """Not even where a program lets pass what its cell refuses: a text, a word of no list."""
    saved = workbooks.saved(lesson)
    for node in inputs(lesson):
        change = (*first_cell(saved, node.name), "garbage")
        assert_claims_are_claims(saved, engine("ironcalc")(saved.path, [change]))


@pytest.mark.parametrize("program", ["libreoffice", "gnumeric"])
def test_claims_never_show_an_error_elsewhere(program: str, workbooks: Workbooks) -> None:
    """The same in other engines, with a word of no list."""
    need({"libreoffice": "soffice", "gnumeric": "ssconvert"}[program])
    saved = workbooks.saved("mouse")
    values = engine(program)(saved.path, [(*first_cell(saved, "Words_cat"), "garbage")])
    assert errors_in(values)
    assert_claims_are_claims(saved, values)
