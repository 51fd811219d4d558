"""Words of a lesson: its vocabulary with the embeddings, and the words and texts that are typed."""

from __future__ import annotations

import re

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import Lesson, Vocabulary, Word, text
from xlsxattn.lesson.validation.examples import require_known
from xlsxattn.lesson.validation.matrices import validate_rows

MAX_WORD = 255
MAX_SENTENCE = 1024  # words, so that the tables of their pairs can be computed
DASH = "–"  # what cells show of a word that is not there


def validate_vocabulary(vocabulary: Vocabulary) -> None:
    if not vocabulary.words:
        raise LessonError("vocabulary.words: expected at least one word, got none")
    if not vocabulary.columns:
        raise LessonError("vocabulary.columns: expected at least one column, got none")
    lowered: dict[str, str] = {}
    rows = vocabulary.words if isinstance(vocabulary.words, dict) else {}
    for word in vocabulary.words:
        _validate_word(word, "vocabulary.words")
        place = f"vocabulary.words.{word}"
        row = rows.get(word)
        if row is not None and len(row) != len(vocabulary.columns):
            raise LessonError(
                f"{place}: expected {len(vocabulary.columns)} numbers, one a column, got {len(row)}"
            )
        if row is not None:
            validate_rows([row], place)
        # Engines differ in what they take for one letter: ı and i, ς and σ, µ and μ.
        other = lowered.setdefault(word.upper().casefold(), word)
        if other != word:
            raise LessonError(
                f"{place}: expected words that differ by more than their case, got {other!r} too"
            )


def require_embeddings(lesson: Lesson, vocabulary: Vocabulary) -> None:
    """The embeddings are typed with the words, or they are a weight of the right shape."""
    given = lesson.weights.get("Vocabulary")
    if isinstance(vocabulary.words, dict):
        if given is not None:
            raise LessonError("weights.Vocabulary: expected words without numbers, got both")
        return
    shape = len(vocabulary.words), len(vocabulary.columns)
    if given is None:
        raise LessonError(
            "vocabulary.words: expected numbers for each word, or a weight Vocabulary, got neither"
        )
    if isinstance(given, list):
        came = len(given), len(given[0])
    else:
        given.rows, given.columns = given.rows or shape[0], given.columns or shape[1]
        came = given.rows, given.columns
    if came != shape:
        raise LessonError(
            f"weights.Vocabulary: expected {shape[0]}×{shape[1]}, a row for each word, got "
            f"{came[0]}×{came[1]}"
        )


def validate_typed(typed: Word, vocabulary: Vocabulary | None, language: str) -> None:
    """One word, or several of the vocabulary."""
    place, alone = f"words.{typed.name}", text(typed.word, language)
    if typed.longest or typed.file:
        _validate_text(typed, place)
        return
    if typed.sentence and vocabulary is None:
        raise LessonError(f"{place}.sentence: expected examples whose words it has, got none")
    if bool(alone) == bool(typed.words):
        came = "both" if alone else "neither"
        raise LessonError(f"{place}: expected either a word or words, got {came}")
    if len(typed.words) > MAX_SENTENCE:
        raise LessonError(
            f"{place}.words: expected at most {MAX_SENTENCE} words, got {len(typed.words)}"
        )
    for word in [alone] if alone else typed.words:
        _validate_word(word, place)
    if typed.words and vocabulary is not None:
        require_known(typed.words, vocabulary.words, f"{place}.words")


def _validate_text(typed: Word, place: str) -> None:
    """A text of printable characters that is not too long, or texts of a file."""
    kinds = ("text", "file", "word", "sentence") if typed.file else ("words", "word", "sentence")
    given = [kind for kind in kinds if getattr(typed, kind)]
    if (typed.file and (typed.longest or given != ["file"])) or (typed.longest and given):
        raise LessonError(f"{place}: expected a text with longest, or a file, got more")
    if len(typed.text) > typed.longest and not typed.file:
        raise LessonError(
            f"{place}.text: expected at most {typed.longest} characters, got {len(typed.text)}"
        )
    if re.search(r"[^ -~]", typed.text):
        raise LessonError(
            f"{place}.text: expected printable characters of ASCII, got {typed.text!r}"
        )


def _validate_word(word: str, place: str) -> None:
    if not word.strip() or len(word) > MAX_WORD:
        raise LessonError(
            f"{place}: expected a word of 1 to {MAX_WORD} characters, got {word[:40]!r}"
        )
    if word == DASH:
        raise LessonError(f"{place}: expected a word, got {DASH}, which stands for an absent one")
    if re.search(r"[*?~]", word):
        raise LessonError(
            f"{place}: expected a word without * ? ~, which a lookup takes for a pattern, "
            f"got {word[:40]!r}"
        )
