"""What the types of the format cannot say: how the parts of a lesson fit together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

from xlsxattn.a1 import MAX_NUMBER, number_text, why_illegal
from xlsxattn.errors import LessonError
from xlsxattn.lesson.block_validation import validate_blocks
from xlsxattn.lesson.counts import require_counts
from xlsxattn.lesson.example_validation import require_known, validate_examples
from xlsxattn.lesson.format import (
    Lesson,
    LocalText,
    Matrix,
    Rows,
    Table,
    Training,
    Vocabulary,
    Word,
    text,
)
from xlsxattn.lesson.label_validation import validate_labels

# What XML 1.0 cannot hold, and what breaks a line inside a cell.
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
MAX_TEXT = 1000
DASH = "–"  # what cells show of a word that is not there
MAX_WORD = 255
MAX_CHOICES_TEXT = 255  # of a list that is written into a validation
MAX_SENTENCE = 1024  # words, so that the tables of their pairs can be computed
MAX_CONTEXTS = 4  # side by side on a page that can be read
MAX_SERIES = 255  # of a chart
# What a spreadsheet program shows as another character: _x0041_ becomes A.
_ESCAPE = re.compile(r"_x[0-9A-Fa-f]{4}_")
# Names of areas that mean something to Excel itself.
_RESERVED = {
    *("print_area", "print_titles", "criteria", "extract", "database"),
    *("consolidate_area", "sheet_title"),
}


def validate(lesson: Lesson, language: str) -> None:
    """Raise LessonError for a lesson whose parts do not fit together."""
    require_counts(lesson)
    _validate_texts(lesson, "", language)
    _validate_names(lesson)
    for name, number in lesson.numbers.items():
        if not number.least <= number.value <= number.most:
            raise LessonError(
                f"{name}: expected a whole number from {number.least} to {number.most}, got "
                f"{number.value}"
            )
    if lesson.vocabulary is not None:
        _validate_vocabulary(lesson.vocabulary)
        _require_embeddings(lesson, lesson.vocabulary)
    if lesson.examples is not None:
        validate_examples(lesson.examples, lesson.vocabulary, language)
    _validate_contexts(lesson)
    if lesson.focus and lesson.vocabulary and lesson.focus not in lesson.vocabulary.words:
        raise LessonError(f"focus: expected a word of the vocabulary, got {lesson.focus!r}")
    for name, values in lesson.weights.items():
        if isinstance(values, list):
            _validate_rows(values, f"weights.{name}")
    for matrix in lesson.inputs:
        _validate_matrix(matrix, f"inputs.{matrix.name}")
    for word in lesson.words:
        _validate_typed(word, lesson.vocabulary, language)
    for place, attention in lesson.attentions():
        _validate_setting(f"{place}.temperature", attention.temperature)
    if lesson.training is not None:
        _validate_training(lesson, lesson.training, language)
    validate_labels(lesson)
    validate_blocks(lesson)
    for name, block in lesson.blocks.items():
        for setting in block.settings:
            _validate_matrix(setting, f"blocks.{name}.settings.{setting.name}", scalar=True)
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


def _validate_texts(value: Any, place: str, language: str) -> None:
    """Every text has the language, and no text has a control character."""
    if isinstance(value, str):
        if match := CONTROL.search(value):
            raise LessonError(
                f"{place}: expected text without control characters, "
                f"got {match.group()!r} in {value[:40]!r}"
            )
        if match := _ESCAPE.search(value):
            raise LessonError(
                f"{place}: expected text without {match.group()}, which Excel shows as another "
                f"character, got {value[:40]!r}"
            )
        if len(value) > MAX_TEXT:
            raise LessonError(f"{place}: expected at most {MAX_TEXT} characters, got {len(value)}")
    elif isinstance(value, Table):
        hints = get_type_hints(type(value), include_extras=True)
        keys = value.__struct_encode_fields__
        for field, key in zip(value.__struct_fields__, keys, strict=True):
            inner = getattr(value, field)
            here = f"{place}.{key}".lstrip(".")
            for where, content in _local_texts(hints[field], inner, here):
                _validate_local(content, where, language)
            _validate_texts(inner, here, language)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _validate_texts(key, f"a key in {place}", language)
            _validate_texts(inner, f"{place}.{key}", language)
    elif isinstance(value, list) and value and not isinstance(value[0], float):
        for index, inner in enumerate(value):
            name = getattr(inner, "name", None) or getattr(inner, "id", None)
            _validate_texts(inner, f"{place}.{name}" if name else f"{place}[{index}]", language)


def _local_texts(hint: Any, value: Any, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The texts of a field that are given by language, alone, in lists or in tables."""
    if hint == LocalText:
        if isinstance(value, dict):
            yield place, value
    elif isinstance(value, list) and (kind := _of_kind(hint, list)):
        for number, one in enumerate(value):
            yield from _local_texts(get_args(kind)[0], one, f"{place}[{number}]")
    elif isinstance(value, dict) and (kind := _of_kind(hint, dict)):
        for key, one in value.items():
            yield from _local_texts(get_args(kind)[1], one, f"{place}.{key}")


def _of_kind(hint: Any, kind: type) -> Any:
    """The part of a hint such as ``list[…] | dict[…]`` that is of a kind."""
    return next((one for one in (hint, *get_args(hint)) if get_origin(one) is kind), None)


def _validate_local(content: dict[str, str], place: str, language: str) -> None:
    unknown = [key for key in content if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", key)]
    if unknown:
        raise LessonError(f"{place}: expected languages such as en, got {unknown[0]!r}")
    if language not in content:
        raise LessonError(
            f"{place}: expected a text in {language!r}, got {', '.join(content) or 'none'}"
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


def _validate_rows(values: Rows, place: str) -> None:
    if not values or not values[0]:
        raise LessonError(f"{place}: expected at least one number, got none")
    for index, row in enumerate(values):
        if len(row) != len(values[0]):
            raise LessonError(
                f"{place}[{index}]: expected {len(values[0])} numbers, got {len(row)}"
            )
        for number in row:
            if not math.isfinite(number) or abs(number) > MAX_NUMBER:
                raise LessonError(f"{place}[{index}]: expected a finite number, got {number}")


def _validate_matrix(matrix: Matrix, place: str, scalar: bool = False) -> None:
    given = [key for key in ("values", "sample", "source") if getattr(matrix, key)]
    if len(given) != 1:
        came = " and ".join(given) or "none"
        raise LessonError(f"{place}: expected values, a sample or a source, got {came}")
    if matrix.sample is not None:
        rows, columns = _sample_rows(matrix.sample.rows), matrix.sample.columns
        if matrix.sample.between:
            _validate_order(matrix.sample.between, f"{place}.sample.between")
    elif matrix.source is not None:
        rows, columns = matrix.source.rows, matrix.source.columns
    else:
        _validate_rows(matrix.values, place)
        rows, columns = len(matrix.values), len(matrix.values[0])
    if scalar and (rows, columns) != (1, 1):
        raise LessonError(f"{place}: expected one number, got a matrix")
    for labels, length, what in ((matrix.rows, rows, "rows"), (matrix.columns, columns, "columns")):
        if labels and length and len(labels) != length:
            raise LessonError(f"{place}.{what}: expected {length} labels, got {len(labels)}")
    if matrix.choices:
        _validate_rows([matrix.choices], f"{place}.choices")
    if len(",".join(map(number_text, matrix.choices))) > MAX_CHOICES_TEXT:
        raise LessonError(
            f"{place}.choices: expected a list of at most {MAX_CHOICES_TEXT} characters, got more"
        )
    if matrix.choices and matrix.values and matrix.values[0][0] not in matrix.choices:
        raise LessonError(f"{place}: expected one of its choices, got {matrix.values[0][0]:g}")
    if matrix.choices and (rows, columns) != (1, 1):
        raise LessonError(f"{place}.choices: expected one number, got a matrix")
    if matrix.limits:
        _validate_limits(matrix, (rows, columns), f"{place}.limits")


def _sample_rows(rows: int | str) -> int:
    """How many rows are drawn, 0 where that is notation."""
    return rows if isinstance(rows, int) else 0


def _validate_limits(matrix: Matrix, shape: tuple[int, int], place: str) -> None:
    """LessonError unless limits are two numbers in order, around the one number they are of."""
    _validate_order(matrix.limits, place)
    if shape != (1, 1) and matrix.values:
        raise LessonError(f"{place}: expected one number, got a matrix")
    if matrix.choices:
        raise LessonError(f"{place}: expected either choices or limits, got both")
    least, largest = matrix.limits
    value = matrix.values[0][0] if matrix.values else None
    if value is not None and not least <= value <= largest:
        raise LessonError(
            f"{place.removesuffix('.limits')}: expected a number from {number_text(least)} to "
            f"{number_text(largest)}, got {number_text(value)}"
        )


def _validate_order(limits: list[float], place: str) -> None:
    """LessonError unless there are two numbers in order."""
    _validate_rows([limits], place)
    if len(limits) != 2 or not limits[0] < limits[1]:
        came = ", ".join(map(number_text, limits))
        raise LessonError(f"{place}: expected the least and the largest number, got {came}")


def _validate_setting(place: str, value: float) -> None:
    """LessonError for what the format's own limits let through: no number at all."""
    if not math.isfinite(value):
        raise LessonError(f"{place}: expected a finite number, got {value:g}")


def _validate_vocabulary(vocabulary: Vocabulary) -> None:
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
            _validate_rows([row], place)
        # Engines differ in what they take for one letter: ı and i, ς and σ, µ and μ.
        other = lowered.setdefault(word.upper().casefold(), word)
        if other != word:
            raise LessonError(
                f"{place}: expected words that differ by more than their case, got {other!r} too"
            )


def _require_embeddings(lesson: Lesson, vocabulary: Vocabulary) -> None:
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


def _validate_typed(typed: Word, vocabulary: Vocabulary | None, language: str) -> None:
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


def _validate_training(lesson: Lesson, training: Training, language: str) -> None:
    if not lesson.attentions():
        raise LessonError("training: expected an [attention] to train, got none")
    if len(lesson.attentions()) > 1:
        raise LessonError(
            f"training: expected one attention to train, got {len(lesson.attentions())}"
        )
    for key in ("learning_rate", "momentum", "beta1", "beta2", "epsilon"):
        _validate_setting(f"training.{key}", getattr(training, key))
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
