"""What the types of the format cannot say: how the parts of a lesson fit together."""

from __future__ import annotations

from xlsxattn.a1 import why_illegal
from xlsxattn.errors import LessonError
from xlsxattn.lesson.counts import require_counts
from xlsxattn.lesson.format import Lesson, Training, text
from xlsxattn.lesson.validation.blocks import validate_blocks
from xlsxattn.lesson.validation.examples import require_known, validate_examples
from xlsxattn.lesson.validation.labels import validate_labels
from xlsxattn.lesson.validation.matrices import validate_matrix, validate_rows, validate_setting
from xlsxattn.lesson.validation.texts import validate_texts
from xlsxattn.lesson.validation.words import (
    MAX_SENTENCE,
    require_embeddings,
    validate_typed,
    validate_vocabulary,
)

MAX_CONTEXTS = 4  # side by side on a page that can be read
MAX_SERIES = 255  # of a chart
# Names of areas that mean something to Excel itself.
_RESERVED = {
    *("print_area", "print_titles", "criteria", "extract", "database"),
    *("consolidate_area", "sheet_title"),
}


def validate(lesson: Lesson, language: str) -> None:
    """Raise LessonError for a lesson whose parts do not fit together."""
    require_counts(lesson)
    validate_texts(lesson, "", language)
    _validate_names(lesson)
    for name, number in lesson.numbers.items():
        if not number.least <= number.value <= number.most:
            raise LessonError(
                f"{name}: expected a whole number from {number.least} to {number.most}, got "
                f"{number.value}"
            )
    if lesson.vocabulary is not None:
        validate_vocabulary(lesson.vocabulary)
        require_embeddings(lesson, lesson.vocabulary)
    if lesson.examples is not None:
        validate_examples(lesson.examples, lesson.vocabulary, language)
    _validate_contexts(lesson)
    if lesson.focus and lesson.vocabulary and lesson.focus not in lesson.vocabulary.words:
        raise LessonError(f"focus: expected a word of the vocabulary, got {lesson.focus!r}")
    for name, values in lesson.weights.items():
        if isinstance(values, list):
            validate_rows(values, f"weights.{name}")
    for matrix in lesson.inputs:
        validate_matrix(matrix, f"inputs.{matrix.name}")
    for word in lesson.words:
        validate_typed(word, lesson.vocabulary, language)
    for place, attention in lesson.attentions():
        validate_setting(f"{place}.temperature", attention.temperature)
    if lesson.training is not None:
        _validate_training(lesson, lesson.training, language)
    validate_labels(lesson)
    validate_blocks(lesson)
    for name, block in lesson.blocks.items():
        for setting in block.settings:
            validate_matrix(setting, f"blocks.{name}.settings.{setting.name}", scalar=True)
    for step in lesson.steps:
        if step.chart is not None and len(step.chart.series) > MAX_SERIES:
            raise LessonError(
                f"steps.{step.name}.chart.series: expected at most {MAX_SERIES} series, "
                f"got {len(step.chart.series)}"
            )
    for claim in lesson.claims:
        if not text(claim.text, language).strip():
            raise LessonError(f"claims.{claim.name}.text: expected a sentence, got a blank one")
        given = [key for key in ("holds", "change", "then") if getattr(claim, key)]
        if given not in (["holds"], ["change", "then"]):
            raise LessonError(
                f"claims.{claim.name}: expected either holds, or change and then, "
                f"got {', '.join(given) or 'neither'}"
            )


def _validate_names(lesson: Lesson) -> None:
    """Defined names are legal in every engine and are given once."""
    seen: dict[str, str] = {}
    named = [(name, "weights") for name in lesson.weights]
    named += [(matrix.name, "inputs") for matrix in lesson.inputs]
    named += [(word.name, "words") for word in lesson.words]
    for step in lesson.steps:
        named += [(step.name, "steps")] + [(p.name, f"steps.{step.name}.rows") for p in step.rows]
    for name, place in named:
        if name in lesson.numbers:  # which formulas would not know from a matrix
            raise LessonError(f"{place}.{name}: expected a new name, got that of a plain number")
        if why_illegal(name):
            raise LessonError(
                f"{place}.{name}: expected another name, got {name!r}, which is {why_illegal(name)}"
            )
        if name.lower() in _RESERVED:
            raise LessonError(
                f"{place}.{name}: expected a name that Excel does not keep for itself, got {name!r}"
            )
        if name.lower() in seen:
            raise LessonError(f"{place}.{name}: expected a new name, got one that is taken")
        seen[name.lower()] = place
    for place, ids in (
        ("contexts", [context.id for context in lesson.contexts]),
        ("claims", [claim.name for claim in lesson.claims]),
    ):
        repeated = [i for i in ids if [j.lower() for j in ids].count(i.lower()) > 1]
        if repeated:
            raise LessonError(f"{place}: expected each name once, got {repeated[0]!r} twice")


def _validate_training(lesson: Lesson, training: Training, language: str) -> None:
    if not lesson.attentions():
        raise LessonError("training: expected an [attention] to train, got none")
    if len(lesson.attentions()) > 1:
        raise LessonError(
            f"training: expected one attention to train, got {len(lesson.attentions())}"
        )
    for key in ("learning_rate", "momentum", "beta1", "beta2", "epsilon"):
        validate_setting(f"training.{key}", getattr(training, key))
    keys = ["sheet", "check_sheet", "difference_sheet", "loss_sheet"]
    keys += ["sentence_sheet"] * (training.loss == "cross-entropy")
    sheets = [getattr(training, key) for key in keys]
    shown = [text(lesson.sheets.get(sheet, sheet), language).lower() for sheet in sheets]
    for key, sheet, name in zip(keys, sheets, shown, strict=True):
        if not sheet or not name or shown.count(name) > 1:
            raise LessonError(f"training.{key}: expected a sheet of its own, got {sheet!r}")


def _validate_contexts(lesson: Lesson) -> None:
    words = lesson.vocabulary.words if lesson.vocabulary else {}
    earlier: list[str] = []
    printed = any(not attention.sheet for _, attention in lesson.attentions())
    if lesson.training is not None and lesson.training.loss == "cross-entropy":
        printed = False  # each is a row of a table
    if printed and len(lesson.contexts) > MAX_CONTEXTS:
        raise LessonError(
            f"contexts: expected at most {MAX_CONTEXTS} on a page, got {len(lesson.contexts)}"
        )
    for context in lesson.contexts:
        place = f"contexts.{context.id}"
        if context.shares and (context.words or context.keys):
            raise LessonError(f"{place}: expected either shares or words, got both")
        if context.shares and context.shares not in earlier:
            raise LessonError(
                f"{place}.shares: expected the id of an earlier context, got {context.shares!r}"
            )
        earlier.append(context.id)
        if not context.words and not context.shares and not (context.Q and context.K):
            raise LessonError(f"{place}.words: expected at least one word, got none")
        for key in ("words", "keys"):
            if len(getattr(context, key)) > MAX_SENTENCE:
                raise LessonError(
                    f"{place}.{key}: expected at most {MAX_SENTENCE} words, "
                    f"got {len(getattr(context, key))}"
                )
            require_known(getattr(context, key), words, f"{place}.{key}")
