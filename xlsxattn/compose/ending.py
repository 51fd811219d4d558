"""The end of a story: its claims, and that nothing in the file was passed over in silence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from xlsxattn import lesson as files
from xlsxattn import notation
from xlsxattn.a1 import why_illegal
from xlsxattn.compose.live import live
from xlsxattn.compose.outcome import originally, tell_outcome
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError, NotationError, within
from xlsxattn.expression import Step, Words, postorder
from xlsxattn.outline import Claim, Outline, SheetPlan


def finished(story: Story) -> Outline:
    """The whole story, with its claims; LessonError where a part is left over."""
    for claim in story.lesson.claims:
        with within(f"claims.{claim.name}"):
            _tell_claim(story, claim)
    outcome = tell_outcome(story)
    _check_names(story)
    _check_standing(story)
    _check_all_used(story)
    for name in story.lesson.pages:
        story.plans[name] = SheetPlan(printed=True)
    for band in story.bands:
        band.sheet = story.sheet_name(band.sheet)
    story.plans = {story.sheet_name(name): plan for name, plan in story.plans.items()}
    return story.outline(
        story.text(story.lesson.title), story.text(story.lesson.subtitle),
        lesson=story.lesson, focus=story.lesson.focus, largest=story.largest, outcome=outcome,
    )  # fmt: skip


def _tell_claim(story: Story, claim: files.Claim) -> None:
    place = f"claims.{claim.name}"
    text = live(story, claim.text, f"{place}.text")
    how = live(story, claim.how, f"{place}.how")
    if claim.holds:
        condition = story.read(claim.holds, f"{place}.holds")
        when = story.read(claim.when, f"{place}.when") if claim.when else None
        story.add_claim(claim.name, text, how, condition, when)
        return
    with within(f"{place}.then"):
        condition = notation.read(claim.then, story.resolver(), True, story.nodes)
        if condition.shape != (1, 1) or condition.is_text:
            raise NotationError(f"expected one truth value, got {condition!r}")
    with within(f"{place}.change"):
        change, kept = originally(story, claim.change)
    then = notation.write(condition)
    story.claims.append(Claim(claim.name, text, how, None, then, change, kept))


def _check_names(story: Story) -> None:
    """Names differ by more than their case, and none of them is an address."""
    lowered: dict[str, str] = {}
    for name in story.nodes:
        other = lowered.setdefault(name.lower(), name)
        if other != name:
            raise LessonError(f"{name}: expected a name of its own, got one like {other}")
        if why_illegal(name):
            raise LessonError(f"{name}: expected a name, got one that is {why_illegal(name)}")


def _check_standing(story: Story) -> None:
    """Typed words have a place on the page."""
    for node in story.titles:
        if isinstance(node, Words) and not story.stand_somewhere(node):
            raise LessonError(
                f"words.{node.name}: expected a step with these words as its rows, or one that "
                "continues them, got none"
            )


def _check_all_used(story: Story) -> None:
    """Nothing in a lesson file is passed over in silence."""
    steps = [node for node in story.nodes.values() if isinstance(node, Step)]
    needed = set(postorder(*steps))
    for name in story.lesson.weights:
        if story.nodes[name] not in needed:
            raise LessonError(f"weights.{name}: expected weights that a step uses, got none")
    known = {*story.noted, *story.texts["steps"]}
    sheets = {band.sheet for band in story.bands if band.sheet}
    links = [(f"steps.{step.name}.links", step.links, sheets) for step in story.lesson.steps]
    places: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("notes", story.lesson.notes, known),
        ("weight_columns", story.lesson.weight_columns, set(story.lesson.weights)),
        ("sheets", story.lesson.sheets, {band.sheet for band in story.bands}),
        ("pages", story.lesson.pages, sheets),
        ("one_page", story.lesson.one_page, {band.key for band in story.bands}),
        *links,
    ]
    for place, names, among in places:
        for name in names:
            if name not in among:
                nearest = difflib.get_close_matches(name, sorted(among), 1, 0.5)
                hint = repr(nearest[0]) if nearest else f"one of {', '.join(sorted(among))}"
                raise LessonError(f"{place}: expected {hint}, got {name!r}")
