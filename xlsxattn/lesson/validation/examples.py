"""Whether sentences to learn from fit a lesson: words, lengths, labels, targets."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import Examples, Lesson, Vocabulary, text

MAX_EXAMPLES = 400


def require_known(words: Iterable[str], known: Iterable[str], place: str) -> None:
    """LessonError names a word that is not in the vocabulary, and the nearest that is."""
    listed = list(known)
    for word in words:
        if word not in listed:
            nearest = difflib.get_close_matches(word, listed, 1)
            hint = f" (nearest: {nearest[0]!r})" if nearest else ""
            raise LessonError(f"{place}: expected words of the vocabulary, got {word!r}{hint}")


def collect_words(lesson: Lesson, language: str) -> None:
    """Let a vocabulary without words have those of the examples, and sentences their words."""
    examples, vocabulary = lesson.examples, lesson.vocabulary
    if examples is None or vocabulary is None:
        return
    if not vocabulary.words:
        said = [text(one.words, language) for one in examples.sentences]
        said += [text(one.target, language) for one in examples.sentences if one.target]
        words = dict.fromkeys(word for sentence in said for word in sentence.split())
        vocabulary.words = [*words, examples.pad]
    for typed in lesson.words:
        sentence = text(typed.sentence, language).split()
        if sentence and not typed.words:
            typed.words = sentence + [examples.pad] * (examples.length - len(sentence))


def validate_examples(examples: Examples, vocabulary: Vocabulary | None, language: str) -> None:
    """LessonError names the sentence that does not fit."""
    if vocabulary is None:
        raise LessonError("examples: expected a [vocabulary] for the sentences, got none")
    require_known([examples.pad], vocabulary.words, "examples.pad")
    if not 0 < len(examples.sentences) <= MAX_EXAMPLES:
        raise LessonError(
            f"examples.sentences: expected 1 to {MAX_EXAMPLES}, got {len(examples.sentences)}"
        )
    if len(examples.labels) == 1:
        raise LessonError("examples.labels: expected two or more, got 1")
    for number, one in enumerate(examples.sentences, 1):
        place = f"examples.sentences[{number}]"
        _validate_said(text(one.words, language), examples.length, vocabulary, place)
        _validate_label(one.label, examples, place)
        target = text(one.target, language)
        if target or examples.target_length:
            _validate_said(target, examples.target_length, vocabulary, f"{place}.target")
    if examples.labels:
        _require_classes(examples)


def _validate_said(sentence: str, length: int, vocabulary: Vocabulary, place: str) -> None:
    words = sentence.split()
    if not 0 < len(words) <= length:
        raise LessonError(f"{place}: expected 1 to {length} words, got {len(words)}")
    require_known(words, vocabulary.words, place)


def _validate_label(label: str, examples: Examples, place: str) -> None:
    if not examples.labels and label:
        raise LessonError(f"{place}.label: expected examples.labels with it, got none")
    if examples.labels and label not in examples.labels:
        known = ", ".join(examples.labels)
        raise LessonError(f"{place}.label: expected one of {known}, got {label!r}")


def _require_classes(examples: Examples) -> None:
    """LessonError where there is nothing to tell apart."""
    learned = {one.label for one in examples.sentences if not one.aside}
    if len(learned) < 2:
        came = ", ".join(learned) or "none"
        raise LessonError(
            f"examples.sentences: expected some of two labels that are not kept aside, got {came}"
        )
