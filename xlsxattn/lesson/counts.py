"""How much one lesson may hold, so that it is built in seconds and can be read."""

from __future__ import annotations

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import Lesson, WeightSource

#: The most of each kind; of contexts that are no page's but a row of a table each, more.
MOST = {
    "contexts": 64, "inputs": 200, "words": 64, "steps": 300, "claims": 100, "attention": 16,
    "notes": 500, "blocks": 100, "sheets": 100, "one_page": 300, "weights": 500,
}  # fmt: skip
LABELLED_CONTEXTS = 400
#: Numbers that are typed or drawn, and pairs of words, a head of each attention on its own.
MOST_NUMBERS, MOST_PAIRS = 8_000_000, 8_000_000


def require_counts(lesson: Lesson) -> None:
    """LessonError names the first kind of which there are too many."""
    labelled = lesson.training is not None and lesson.training.loss == "cross-entropy"
    counts = {
        "contexts": len(lesson.contexts),
        "inputs": len(lesson.inputs),
        "words": len(lesson.words),
        "steps": len(lesson.steps),
        "claims": len(lesson.claims),
        "attention": len(lesson.attentions()),
        "notes": len(lesson.notes),
        "blocks": len(lesson.blocks),
        "sheets": len(lesson.sheets),
        "one_page": len(lesson.one_page),
        "weights": len(lesson.weights),
    }
    for kind, count in counts.items():
        most = LABELLED_CONTEXTS if kind == "contexts" and labelled else MOST[kind]
        if count > most:
            raise LessonError(f"{kind}: expected at most {most} in a lesson, got {count}")
    if (came := count_numbers(lesson)) > MOST_NUMBERS:
        raise LessonError(
            f"the lesson: expected at most {MOST_NUMBERS} numbers in its inputs, weights and "
            f"vocabulary, got {came}"
        )
    heads = sum(one.heads for _, one in lesson.attentions()) or 1
    if (came := count_pairs(lesson) * heads) > MOST_PAIRS:
        raise LessonError(
            f"contexts: expected at most {MOST_PAIRS} pairs of words with {heads} heads, got {came}"
        )


def count_numbers(lesson: Lesson) -> int:
    """How many numbers a lesson types, or says that are drawn or read.

    Where the rows of a sample are notation, they count as none.
    """
    count = 0
    for matrix in lesson.inputs:
        if matrix.sample is not None and isinstance(matrix.sample.rows, int):
            count += matrix.sample.rows * matrix.sample.columns
        if matrix.source is not None:
            count += matrix.source.rows * matrix.source.columns
        count += sum(map(len, matrix.values))
    for weights in lesson.weights.values():
        if isinstance(weights, WeightSource):
            count += weights.rows * weights.columns
        else:
            count += sum(map(len, weights))
    if lesson.vocabulary is not None and isinstance(lesson.vocabulary.words, dict):
        count += sum(map(len, lesson.vocabulary.words.values()))
    return count


def count_pairs(lesson: Lesson) -> int:
    """How many pairs of words attend to one another, in all contexts."""
    return sum(len(one.words) * len(one.keys or one.words) for one in lesson.contexts)
