"""Derivations by hand judge what lessons compute: structure, heads, masks, gradients, epochs.

The reference inside the package computes the same formulas as the nodes; whether those formulas
are attention, and a backward pass, only another derivation can say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import numpy as np
import pytest
from by_hand import recompute
from lessons import as_toml, language_of, random_lesson
from tools import OPTIMISERS, SMALL, TOLERANCE, replaced, trained_by

from xlsxattn import lesson as files
from xlsxattn.builder.expansion import expand
from xlsxattn.compose import compose
from xlsxattn.expression import Input, Step, Words
from xlsxattn.lesson import Lesson, template_names
from xlsxattn.outline import Outline
from xlsxattn.reference import recompute as compute_formulas
from xlsxattn.reference.tables import Array, Table


def typed(content: Outline) -> dict[str, Array]:
    """What is typed into the cells of a lesson."""
    return {n: v.value for n, v in content.nodes.items() if isinstance(v, (Input, Words))}


def far(judge: Array, judged: Array) -> bool:
    """Whether two matrices differ: numbers by more than 1e-12, relative above 1."""
    if judge.shape != judged.shape:
        return True
    if judge.dtype == object or judged.dtype == object:
        return [str(v) for v in judge.ravel()] != [str(v) for v in judged.ravel()]
    if not np.array_equal(np.isnan(judge), np.isnan(judged)):
        return True
    apart = np.abs(judge - judged) / np.maximum(1.0, np.abs(judged))
    return bool(np.nanmax(apart, initial=0.0) > TOLERANCE)


#: Sentences, which have no derivation: ``test_labels`` has what they say.
SAID = ("Outcome", "Inspected", "Claims_hold", "Text")


def assert_judged(
    lesson: Lesson,
    language: str = "en",
    judge: Callable[[Lesson, dict[str, Array], str], Table] = recompute,
) -> Outline:
    """Every step of a lesson is what its derivation by hand gives, and so are its formulas."""
    content = compose(lesson, language)
    inputs = typed(content)
    table = judge(lesson, inputs, language)
    steps = {name: node for name, node in content.nodes.items() if isinstance(node, Step)}
    derived = steps.keys() & table.keys()
    assert [name for name in derived if far(table[name].values, steps[name].value)] == []
    # What was not derived is a part, called after a step that was.
    parts = {n for n in steps.keys() - table.keys() if not n.startswith(SAID)}
    assert [n for n in parts if not any(n.startswith(f"{whole}_") for whole in table)] == []
    # The formulas of the package, computed from their text, agree with both.
    again = compute_formulas(expand(content.nodes.values()), inputs)
    assert again.keys() == content.nodes.keys()
    assert [name for name, node in steps.items() if far(again[name].values, node.value)] == []
    return content


def broken_claims(content: Outline) -> list[str]:
    """The claims that show ✗."""
    return [n for n, v in content.nodes.items() if n.startswith("Claim_") and v.value[0, 0] == "✗"]


#: Their judge is PyTorch: see ``test_classify``, ``test_next_word`` and ``test_translator``.
ELSEWHERE = ("classify", "next-word", "translator")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", [name for name in template_names() if name not in ELSEWHERE])
def test_templates(name: str, language: str) -> None:
    """Every lesson that comes with the package, in both languages: labels are results too."""
    assert_judged(files.load(files.find(name), language), language)


@pytest.mark.parametrize("number", range(200))
def test_random_lessons(number: int) -> None:
    """Lessons of random sentences, sizes and choices; their claims hold whatever the numbers."""
    lesson = files.parse(tomllib.loads(as_toml(random_lesson(number))))
    content = assert_judged(lesson, language_of(number))
    assert broken_claims(content) == []


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_training(optimiser: str) -> None:
    """The backward pass and every epoch, gradients written out by hand."""
    content = assert_judged(files.parse(tomllib.loads(trained_by(optimiser))))
    assert {"dW_Q", "dW_out_epoch4", "Gradient_check"} <= content.nodes.keys()


@pytest.mark.parametrize("form", ["cells", "arrays"])
def test_the_form_changes_no_value(form: str) -> None:
    """Whatever form its formulas have, a lesson computes the same."""
    text = replaced("format = 1", f'format = 1\nform = "{form}"')
    changed = assert_judged(files.parse(tomllib.loads(text)))
    plain = assert_judged(files.parse(tomllib.loads(SMALL)))
    for name, node in plain.nodes.items():
        assert np.array_equal(changed.nodes[name].value, node.value)


def test_the_judge_can_object() -> None:
    """A step that computes something else is found."""

    def mistaken(lesson: Lesson, inputs: dict[str, Array], language: str) -> Table:
        table = recompute(lesson, inputs, language)
        return table | {"Scaled": table["Scores"]}

    with pytest.raises(AssertionError, match="Scaled"):
        assert_judged(files.parse(tomllib.loads(SMALL)), judge=mistaken)
