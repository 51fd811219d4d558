"""How much one lesson may hold, so that it is built in seconds and can be read."""

from __future__ import annotations

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import Lesson

#: The most of each kind; of contexts that are no page's but a row of a table each, more.
MOST = {"contexts": 64, "inputs": 200, "words": 64, "steps": 300, "claims": 100, "attention": 16}
LABELLED_CONTEXTS = 400


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
    }
    for kind, count in counts.items():
        most = LABELLED_CONTEXTS if kind == "contexts" and labelled else MOST[kind]
        if count > most:
            raise LessonError(f"{kind}: expected at most {most} in a lesson, got {count}")
