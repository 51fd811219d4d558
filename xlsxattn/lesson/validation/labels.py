"""How the labels of contexts, and what training is told of them, fit together."""

from __future__ import annotations

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import Context, Lesson, Training

#: The weight whose columns are the classes.
CLASSES = "W_class"


def validate_labels(lesson: Lesson) -> None:
    """LessonError for labels that nothing learns, or training by labels that cannot be."""
    training = lesson.training
    if training is not None and training.loss == "cross-entropy":
        _validate_training(lesson, training)
        for context in lesson.contexts:
            _validate_context(context, training)
        return
    if training is not None and training.row:
        raise LessonError(
            f"training.row: expected loss = 'cross-entropy' with it, got {training.loss!r}"
        )
    for context in lesson.contexts:
        if context.label or context.aside:
            key = "label" if context.label else "aside"
            raise LessonError(
                f"contexts.{context.id}.{key}: expected [training] by cross-entropy with it, "
                "got none"
            )


def _validate_training(lesson: Lesson, training: Training) -> None:
    words = lesson.vocabulary.words if lesson.vocabulary else {}
    if training.row not in words:
        raise LessonError(
            f"training.row: expected the word whose output is judged, got {training.row!r}"
        )
    if CLASSES not in lesson.weights:
        raise LessonError(f"weights.{CLASSES}: expected a column for each class, got no weight")
    learned = [context for context in lesson.contexts if not context.aside]
    classes = {context.label for context in learned}
    if len(classes) < 2:
        came = f"{classes.pop()!r} alone" if classes else "none"
        raise LessonError(f"contexts: expected labels of two classes or more, got {came}")
    for place, attention in lesson.attentions():
        for key in ("mask", "positions"):
            if getattr(attention, key) != "off":
                raise LessonError(
                    f"{place}.{key}: expected 'off' under training by labels, got "
                    f"{getattr(attention, key)!r}"
                )


def _validate_context(context: Context, training: Training) -> None:
    place = f"contexts.{context.id}"
    if not context.label:
        raise LessonError(f"{place}.label: expected its class, got none")
    for key in ("keys", "scores"):
        if getattr(context, key):
            raise LessonError(f"{place}.{key}: expected none under training by labels, got some")
    repeated = [word for word in context.words if context.words.count(word) > 1]
    if repeated:
        raise LessonError(f"{place}.words: expected each word once, got {repeated[0]!r} twice")
    if training.row not in context.words:
        raise LessonError(f"{place}.words: expected {training.row!r} among them, got none")
