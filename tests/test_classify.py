"""The lesson that was trained: against PyTorch, and that what it claims to have learned is real."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from peers.classify import FILE, LANGUAGES
from test_peers import error
from trained import (
    EXACT,
    assert_gradients,
    assert_nothing_typed,
    assert_training,
    known_of,
    nodes_of,
    weights_after,
)

from xlsxattn.compose import compose
from xlsxattn.errors import LessonError
from xlsxattn.fitting.start import load_unfitted
from xlsxattn.lesson import find, load, text

Array = NDArray[np.float64]

both = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def known() -> dict[str, Array]:
    return known_of(FILE)


@both
def test_forward_and_gradients_are_pytorchs(language: str, known: dict[str, Array]) -> None:
    """All predictions, the loss, and its gradient for every weight."""
    lesson, nodes = nodes_of("classify", language)
    assert error(nodes["Probabilities_all"].value, known[f"{language}.probabilities"]) <= EXACT
    assert error(nodes["Loss"].value[0, 0], known[f"{language}.loss"]) <= EXACT
    assert_gradients(lesson, nodes, known, f"{language}.d_", 19)


@both
def test_training_is_pytorchs_and_gives_the_file(
    language: str, known: dict[str, Array], tmp_path: Path
) -> None:
    """Every epoch's loss from the same start, and the file that is shipped."""
    losses = known[f"{language}.losses"]
    assert_training("classify", language, losses, f"classify-{language}.npz", tmp_path)


@both
def test_what_is_kept_aside_is_never_seen(language: str, tmp_path: Path) -> None:
    """Other labels and other words of those sentences: the same weights, bit for bit."""
    original = find("classify").read_text(encoding="utf-8")
    kept = re.compile(r'(label = )"\w+"(, aside = true)')
    leaked = kept.sub(r'\1"chat"\2', original)
    assert leaked != original
    first = weights_after("classify", original, language, 12, tmp_path / "a")
    assert weights_after("classify", leaked, language, 12, tmp_path / "b") == first


@both
def test_a_label_that_leaks_is_found(language: str, tmp_path: Path) -> None:
    """Were one of them trained on, the weights would be others."""
    original = find("classify").read_text(encoding="utf-8")
    leaked = original.replace(", aside = true", "", 1)
    first = weights_after("classify", original, language, 3, tmp_path / "a")
    assert weights_after("classify", leaked, language, 3, tmp_path / "b") != first


@both
def test_sentences_kept_aside_are_no_others(language: str) -> None:
    """24 to learn from and 12 kept aside, none of them the same."""
    lesson = load(find("classify"), language)
    assert lesson.examples is not None
    learned = [text(one.words, language) for one in lesson.examples.sentences if not one.aside]
    aside = [text(one.words, language) for one in lesson.examples.sentences if one.aside]
    assert (len(set(learned)), len(set(aside))) == (24, 12)
    assert not set(learned) & set(aside)


@both
def test_no_weight_is_typed(language: str) -> None:
    """Everything that the loss depends on but the sentences was trained."""
    assert_nothing_typed("classify", language)


@both
def test_how_many_are_right(language: str) -> None:
    nodes = compose(load(find("classify"), language), language).nodes
    assert nodes["Right_aside"].value[0, 0] == {"en": 11, "zh": 12}[language]
    assert nodes["Right"].value[nodes["Aside"].value == 0].all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "chat" }', 'label = "talk" }', r"sentences\[25\].label: expected one of"),
        ("length = 8", "length = 5", r"expected 1 to 5 words, got"),
        ('"good morning how are you"', '" "', r"sentences\[25\]: expected 1 to 8 words, got 0"),
        ('sentence = { en = "the phone I', 'sentence = { en = "a telephone I',
         r"words.Chosen.words: expected words of the vocabulary, got 'telephone'"),
        ("weights = { of = ", "weights = { seed = 1, of = ", "expected no file or seed beside of"),
        ('of = "Layer_1"', 'of = "Layer_9"', "weights.of: expected an earlier use with W_Q_layer9"),
        ("rows = 6, columns = 3", "rows = 7, columns = 3", "got"),
    ],
)  # fmt: skip
def test_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    """One line for a lesson that does not fit."""
    original = find("classify").read_text(encoding="utf-8")
    path = tmp_path / "classify.toml"
    path.write_text(original.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LessonError, match=message) as raised:
        compose(load_unfitted(path, "en"), "en")
    assert "\n" not in str(raised.value)


def test_one_class_only(tmp_path: Path) -> None:
    original = find("classify").read_text(encoding="utf-8")
    path = tmp_path / "classify.toml"
    path.write_text(re.sub(r'label = "\w+"', 'label = "chat"', original), encoding="utf-8")
    with pytest.raises(LessonError, match="expected some of two labels that are not kept aside"):
        load_unfitted(path, "en")


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "classify.toml"
    path.write_bytes(find("classify").read_bytes())
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "classify-en.npz").write_bytes(b"PK no archive")
    with pytest.raises(LessonError, match=r"expected a .npz file of arrays, got"):
        load(path, "en")
