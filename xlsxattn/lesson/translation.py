"""Words of a lesson in the language of the page: its own, or others in their place."""

from __future__ import annotations

from typing import Any

import msgspec

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import Lesson, text


def translate(lesson: Lesson, language: str) -> Lesson:
    """The lesson with the words of a language, wherever it names a word, formulas included.

    LessonError names a word that the vocabulary has not, or two that become one.
    """
    vocabulary = lesson.vocabulary
    if vocabulary is None or not vocabulary.translations:
        return lesson
    for other, words in vocabulary.translations.items():
        unknown = [word for word in words if word not in vocabulary.words]
        if unknown:
            raise LessonError(
                f"vocabulary.translations.{other}: expected words of the vocabulary, "
                f"got {unknown[0]!r}"
            )
    words = vocabulary.translations.get(language, {})
    shown = [words.get(word, word) for word in vocabulary.words]
    twice = [word for word in shown if shown.count(word) > 1]
    if twice:
        raise LessonError(
            f"vocabulary.translations.{language}: expected words that differ, "
            f"got {twice[0]!r} twice"
        )
    vocabulary.translations = {}
    return msgspec.convert(_translated(msgspec.to_builtins(lesson), words), Lesson)


def say_words(lesson: Lesson, language: str) -> None:
    """Typed words, and those that a claim puts in their place, in a language alone."""
    for typed in lesson.words:
        typed.word = text(typed.word, language)
    for claim in lesson.claims:
        for place, content in claim.change.items():
            if isinstance(content, dict):
                claim.change[place] = text(content, language)


def _translated(content: Any, words: dict[str, str]) -> Any:
    """Content with other words: a text that is one, and quoted ones in formulas and places."""
    if isinstance(content, dict):
        return {_translated(k, words): _translated(v, words) for k, v in content.items()}
    if isinstance(content, list):
        return [_translated(one, words) for one in content]
    if not isinstance(content, str):
        return content
    if content in words:
        return words[content]
    for word, other in words.items():
        content = content.replace(f'"{word}"', f'"{other}"')
    return content
