"""A lesson file: TOML in, a validated ``Lesson`` out; and where the templates live.

The structures below are the format. Their fields are its keys, their docstrings its
documentation; an unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec

from xlsxattn.a1 import is_legal_name
from xlsxattn.errors import LessonError

FORMAT = 1

#: A text: one string for every language, or one for each, ``{ en = "…", zh = "…" }``.
LocalText = str | dict[str, str]
Rows = list[list[float]]
LabelTexts = list[LocalText] | dict[str, LocalText]
Decimals = Annotated[int, msgspec.Meta(ge=0, le=12)]
_IDENTIFIER = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
Identifier = Annotated[str, msgspec.Meta(pattern=_IDENTIFIER.pattern)]


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """Strict base: every struct of the format refuses unknown keys."""


class Vocabulary(Table):
    """The embedding table: one row a word, one column a meaning."""

    columns: dict[Identifier, LocalText]
    words: dict[str, list[float]]


class Context(Table):
    """One sentence. ``keys`` is another one to attend to; without it, self-attention.

    ``shares`` names an earlier context whose words this one uses too. ``scores``, ``Q``,
    ``K`` and ``V`` take the place of the lesson's own for this context.
    """

    id: Identifier
    words: list[str] = []
    title: LocalText = ""
    keys: list[str] = []
    shares: str = ""
    scores: Literal["", "dot", "scaled-dot", "additive"] = ""
    Q: str = ""
    K: str = ""
    V: str = ""


class Inspector(Table):
    """A dot-product inspector: the query and the key word it opens with."""

    query: str
    key: str


class Attention(Table):
    """The independent choices of attention; ``Q``, ``K`` and ``V`` are notation.

    Left empty, ``Q`` is ``X @ W_Q`` where there is a weight ``W_Q``, and ``X`` where there
    is none; likewise ``K`` and ``V``, from the keys' embeddings in cross attention. A mask
    or positions other than ``off`` come with a switch on the page.
    """

    scores: Literal["dot", "scaled-dot", "additive"] = "scaled-dot"
    mask: Literal["off", "none", "causal", "window"] = "off"
    window: Annotated[int, msgspec.Meta(ge=0)] = 1
    heads: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
    positions: Literal["off", "none", "sinusoidal"] = "off"
    temperature: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    Q: str = ""
    K: str = ""
    V: str = ""
    intersection: bool = False
    inspector: Inspector | None = None
    decimals: Decimals = 2
    sheet: str = ""


class Training(Table):
    """The weights are learned: gradient descent over all contexts at once, epoch by epoch.

    The target is the input itself, the loss the mean squared error. It needs attention with
    one head and dot-product scores, and some of the weights W_Q, W_K, W_V and W_out.
    ``sheet`` holds the epochs side by side, ``check_sheet`` the gradient checker;
    ``difference_sheet``, with its forward passes, and ``loss_sheet`` are not printed.
    """

    epochs: Annotated[int, msgspec.Meta(ge=2, le=200)] = 30
    learning_rate: Annotated[float, msgspec.Meta(ge=0)] = 0.1
    optimiser: Literal["gradient-descent", "momentum", "adam"] = "gradient-descent"
    momentum: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.9
    beta1: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.9
    beta2: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.999
    epsilon: Annotated[float, msgspec.Meta(gt=0)] = 1e-8
    sheet: str = "epochs"
    check_sheet: str = "gradients"
    difference_sheet: str = "differences"
    loss_sheet: str = "losses"
    decimals: Decimals = 3


class Sample(Table):
    """Numbers of mean 0 and variance 1 in place of typed ones, the same for ever.

    They come from ``numpy.random.RandomState(seed)``, rounded to two decimals.
    """

    rows: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    columns: Annotated[int, msgspec.Meta(ge=1, le=4096)]
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]


class Matrix(Table):
    """A typed matrix: ``values``, or a ``sample``; ``choices`` makes one number a switch.

    ``next_to`` puts it at the right of an earlier one, ``after`` moves it down the page,
    ``sheet`` puts it on a sheet of that name that is not printed.
    """

    name: Identifier
    values: Rows = []
    sample: Sample | None = None
    title: LocalText = ""
    note: LocalText = ""
    rows: LabelTexts = []
    columns: LabelTexts = []
    choices: list[float] = []
    decimals: Decimals = 2
    next_to: str = ""
    after: str = ""
    sheet: str = ""


class Word(Table):
    """A typed word among the settings."""

    name: Identifier
    word: str
    title: LocalText


class Part(Table):
    """One row of a table of steps: a formula with a name and a label of its own."""

    name: Identifier
    formula: str
    label: LocalText


class Chart(Table):
    """A live chart beside a step.

    ``bar``: a series a row of the step, a category each of ``columns``. ``line`` and
    ``log`` (both axes logarithmic): a series each of the named steps in ``series``, which
    are columns, over the column named in ``x``.
    """

    title: LocalText
    alternative: LocalText
    kind: Literal["bar", "line", "log"] = "bar"
    columns: list[str] = []
    x: str = ""
    series: list[str] = []


class Step(Table):
    """A step of one's own: a ``formula``, or ``rows`` of formulas that form one table.

    ``beside`` attaches it, a column, to the right of an earlier step; ``next_to`` puts it
    into that step's band with labels of its own; ``after`` moves its band up the page.
    ``caption`` stands in the corner of the block.
    """

    name: Identifier
    formula: str = ""
    rows: list[Part] = []
    title: LocalText = ""
    caption: LocalText = ""
    note: LocalText = ""
    mathematics: LocalText = ""
    row_labels: LabelTexts = []
    columns: LabelTexts = []
    beside: str = ""
    next_to: str = ""
    after: str = ""
    sheet: str = ""
    decimals: Decimals = 2
    heat: bool = False
    signed: bool = False
    chart: Chart | None = None


class Claim(Table):
    """What must hold: live (``holds``), or what-if (``change``, then ``then``).

    A live claim reads – unless ``when`` is true. ``change`` maps a place, such as
    ``Words_cat["cat"]``, ``Vocabulary["mouse", "animal"]``, ``t`` or ``W_V``, to its new
    content; in ``then``, ``before("Output_cat")`` is the step as it was before the change.
    """

    name: Identifier
    text: LocalText
    how: LocalText = ""
    holds: str = ""
    when: str = ""
    change: dict[str, float | str | list[float | list[float]]] = {}
    then: str = ""


class Note(Table):
    """Title and sentence of a standard step, in place of the usual ones."""

    title: LocalText = ""
    note: LocalText = ""


class Lesson(Table):
    """A lesson file.

    ``focus`` is the word whose rows are bold; ``sheets`` says what the page calls the sheets
    that are not printed.
    """

    format: Literal[1]
    title: LocalText
    subtitle: LocalText = ""
    summary: LocalText = ""
    vocabulary: Vocabulary | None = None
    contexts: list[Context] = []
    attention: Attention | None = None
    training: Training | None = None
    weights: dict[Identifier, Rows] = {}
    weight_columns: dict[Identifier, LabelTexts] = {}
    inputs: list[Matrix] = []
    words: list[Word] = []
    focus: str = ""
    sheets: dict[str, LocalText] = {}
    notes: dict[str, Note] = {}
    steps: list[Step] = []
    claims: list[Claim] = []


class CarriedLesson(Table):
    """A lesson in a workbook, and the titles of the sheets that it fills."""

    sheets: list[str]
    lesson: Lesson


class Carried(Table):
    """What a workbook carries of its lessons: enough for ``check`` to know their structure."""

    title: str
    language: str
    lessons: list[CarriedLesson]

    def canonical(self) -> str:
        """One line of JSON that ``parse_carried`` reads back."""
        return msgspec.json.encode(self).decode()


def text(content: LocalText, language: str) -> str:
    """The text in a language; LessonError where it has none in that language."""
    if isinstance(content, str):
        return content
    if language not in content:
        known = ", ".join(content) or "none"
        some = next(iter(content.values()), "")
        raise LessonError(f"{some!r}: expected a text in {language!r}, got {known}")
    return content[language]


# --- where lessons live ---------------------------------------------------------------


def template_folder() -> Path:
    """The folder of the lessons that come with the package."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "templates"


#: The course's order; ``list`` and ``build --all`` follow it.
ORDER = (
    "mouse",
    "learned",
    "dimensions",
    "heads",
    "three-words",
    "order",
    "lookup",
    "scaling",
    "masked",
    "translate",
    "additive",
    "training",
    "cost",
    "explanation",
    "bottleneck",
    "apple",
)


#: The name under which all lessons are built into one workbook.
COURSE = "course"


def template_names() -> list[str]:
    """The names of the lessons that come with the package, in the course's order."""
    names = {path.stem for path in template_folder().glob("*.toml")}
    return sorted(names, key=lambda n: (ORDER.index(n) if n in ORDER else len(ORDER), n))


def find(name: str) -> Path:
    """The file of a lesson given by a template's name or by a path."""
    path = Path(name)
    if path.suffix == ".toml" or len(path.parts) > 1:
        if path.is_dir():
            raise LessonError(f"{name}: expected a lesson file, got a folder")
        return path
    if name in template_names():
        return template_folder() / f"{name}.toml"
    nearest = difflib.get_close_matches(name, [*template_names(), COURSE], 1, 0.5)
    hint = f"did you mean {nearest[0]}?" if nearest else "`xlsxattn list` shows them all"
    raise LessonError(
        f"{name or repr(name)}: expected the name of a lesson or a .toml file; {hint}"
    )


def load(path: Path, language: str) -> Lesson:
    """The validated lesson in a TOML file; LessonError names file and place."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise LessonError(f"{path}: expected a lesson file, got no such file") from None
    except OSError as error:
        raise LessonError(f"{path}: expected a readable file, got {error.strerror}") from None
    except UnicodeDecodeError:
        raise LessonError(f"{path}: expected text in UTF-8, got other bytes") from None
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, or a number too long
        raise LessonError(f"{path}: expected TOML, got {_one_line(str(error))}") from None
    try:
        lesson = parse(content)
        validate(lesson, language)
    except LessonError as error:
        raise LessonError(f"{path}: {error}") from None
    return lesson


def parse_carried(canonical: str) -> Carried:
    """The lesson that a workbook carries; LessonError where it is damaged."""
    try:
        return msgspec.json.decode(canonical, type=Carried)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise LessonError(f"the lesson in the workbook: {_one_line(str(error))}") from None


def parse(content: dict[str, Any]) -> Lesson:
    """A lesson from TOML content; LessonError names the place."""
    try:
        if "format" in content and content["format"] != FORMAT:
            raise LessonError(f"format: expected {FORMAT}, got {content['format']!r}")
        return msgspec.convert(content, Lesson)
    except msgspec.ValidationError as error:
        raise LessonError(_explained(_located(str(error), content), content)) from None


def _one_line(message: str) -> str:
    return " ".join(message.split())


_PATH = re.compile(
    r"(?P<message>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>.*)`)?$", re.DOTALL
)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`")


def _explained(message: str, content: dict[str, Any]) -> str:
    """msgspec's message as "place: expected …, got …", with the nearest known key."""
    match = _PATH.match(message)
    assert match
    place = (match["path"] or "").strip(".") or "the lesson"
    reason = _one_line(match["message"])
    if match["key"]:
        place = f"a key in {place}"
    unknown = _UNKNOWN.match(reason)
    if unknown:
        known = _keys_at(match["path"] or "")
        nearest = difflib.get_close_matches(unknown["key"], known, 1, 0.5)
        hint = f"{nearest[0]!r}" if nearest else "one of " + ", ".join(known)
        return f"{place}: expected {hint}, got unknown key {unknown['key']!r}"
    if reason.startswith("Object missing required field"):
        return f"{place}: expected {reason.rpartition('field ')[2]}, got no such key"
    if reason.startswith("Invalid enum value"):
        choices = ", ".join(_choices_at(match["path"] or ""))
        return f"{place}: expected one of {choices}, got {reason.rpartition(' ')[2]}"
    if "regex" in reason:
        reason = "expected letters, digits and _, a letter first"
    elif reason == "Number out of range":
        reason = "expected a finite number"
    if " got " not in reason:
        came = _at(match["path"] or "", content)
        wrong = [key for key in came if not _IDENTIFIER.match(key)] if match["key"] else [came]
        reason += f", got {_shown(wrong[0])}"
    return f"{place}: {reason[:1].lower()}{reason[1:]}"


def _shown(came: object) -> str:
    try:
        return repr(came)[:60]
    except ValueError:  # more digits than Python writes
        return "a number too long"


def _at(path: str, content: dict[str, Any]) -> Any:
    """What stands at a path such as ``.steps[0].name``."""
    inner: Any = content
    for part in re.findall(r"\w+", path):
        inner = inner[int(part)] if isinstance(inner, list) else inner[part]
    return inner


def _located(message: str, content: dict[str, Any]) -> str:
    """The message with the key of a table where msgspec writes only ``[...]``."""
    match = _PATH.match(message)
    path = (match and match["path"]) or ""
    if "[...]" not in path:
        return message
    inner = _at(path.partition("[...]")[0], content)
    whole = dict(inner)
    for key, value in whole.items():
        inner.clear()
        inner[key] = value
        try:
            msgspec.convert(content, Lesson)
        except msgspec.ValidationError as error:
            if str(error) == message:
                return message.replace("[...]", f".{key}", 1)
    return message


def _choices_at(path: str) -> list[str]:
    """The values that the format accepts at a path such as ``.attention.scores``."""
    parent, _, name = path.rpartition(".")
    hint = get_type_hints(struct_at(parent)).get(name.partition("[")[0])
    return [repr(choice) for choice in get_args(hint) if choice != ""]


def _keys_at(path: str) -> list[str]:
    """The keys that the format knows at a path such as ``.contexts[0]``."""
    return list(struct_at(path).__struct_fields__)


def struct_at(path: str) -> type[Table]:
    """The structure of the format at a path."""
    struct: type[Table] = Lesson
    for part in re.findall(r"\.(\w+)", path):
        hint = get_type_hints(struct).get(part)
        inner = [hint, *get_args(hint), *(a for h in get_args(hint) for a in get_args(h))]
        found = [h for h in inner if isinstance(h, type) and issubclass(h, Table)]
        struct = found[0] if found else struct
    return struct


# --- what the types cannot say --------------------------------------------------------

# What XML 1.0 cannot hold, and what breaks a line inside a cell.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
MAX_TEXT = 1000
MAX_NUMBER = 1e15  # a spreadsheet keeps 15 digits
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
    _validate_texts(lesson, "", language)
    _validate_names(lesson)
    if lesson.vocabulary is not None:
        _validate_vocabulary(lesson.vocabulary)
    _validate_contexts(lesson)
    if lesson.focus and lesson.vocabulary and lesson.focus not in lesson.vocabulary.words:
        raise LessonError(f"focus: expected a word of the vocabulary, got {lesson.focus!r}")
    for name, values in lesson.weights.items():
        _validate_rows(values, f"weights.{name}")
    for matrix in lesson.inputs:
        _validate_matrix(matrix)
    for word in lesson.words:
        _validate_word(word.word, f"words.{word.name}")
    if lesson.attention is not None and lesson.attention.temperature > MAX_NUMBER:
        raise LessonError(
            f"attention.temperature: expected a finite number, got {lesson.attention.temperature:g}"
        )
    for step in lesson.steps:
        if bool(step.formula) == bool(step.rows):
            raise LessonError(
                f"steps.{step.name}: expected either formula or rows, "
                f"got {'both' if step.formula else 'neither'}"
            )
        if step.chart is not None and len(step.chart.series) > MAX_SERIES:
            raise LessonError(
                f"steps.{step.name}.chart.series: expected at most {MAX_SERIES} series, "
                f"got {len(step.chart.series)}"
            )
    for claim in lesson.claims:
        given = [key for key in ("holds", "change", "then") if getattr(claim, key)]
        if given not in (["holds"], ["change", "then"]):
            raise LessonError(
                f"claims.{claim.name}: expected either holds, or change and then, "
                f"got {', '.join(given) or 'neither'}"
            )


def _validate_texts(value: Any, place: str, language: str) -> None:
    """Every text has the language, and no text has a control character."""
    if isinstance(value, str):
        if match := _CONTROL.search(value):
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
        hints = get_type_hints(type(value))
        for field in value.__struct_fields__:
            inner = getattr(value, field)
            here = f"{place}.{field}".lstrip(".")
            if isinstance(inner, dict) and hints[field] == LocalText:
                _validate_local(inner, here, language)
            _validate_texts(inner, here, language)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _validate_texts(key, f"a key in {place}", language)
            _validate_texts(inner, f"{place}.{key}", language)
    elif isinstance(value, list) and value and not isinstance(value[0], float):
        for index, inner in enumerate(value):
            name = getattr(inner, "name", None) or getattr(inner, "id", None)
            _validate_texts(inner, f"{place}.{name}" if name else f"{place}[{index}]", language)


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
        if not is_legal_name(name):
            raise LessonError(
                f"{place}.{name}: expected a name that is no address (not Q1, R or C), got {name!r}"
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


def _validate_matrix(matrix: Matrix) -> None:
    place = f"inputs.{matrix.name}"
    if bool(matrix.values) == bool(matrix.sample):
        came = "both" if matrix.values else "neither"
        raise LessonError(f"{place}: expected either values or a sample, got {came}")
    if matrix.sample is not None:
        rows, columns = matrix.sample.rows, matrix.sample.columns
    else:
        _validate_rows(matrix.values, place)
        rows, columns = len(matrix.values), len(matrix.values[0])
    for labels, length, what in ((matrix.rows, rows, "rows"), (matrix.columns, columns, "columns")):
        if labels and len(labels) != length:
            raise LessonError(f"{place}.{what}: expected {length} labels, got {len(labels)}")
    if matrix.choices:
        _validate_rows([matrix.choices], f"{place}.choices")
    if len(",".join(f"{choice:g}" for choice in matrix.choices)) > MAX_CHOICES_TEXT:
        raise LessonError(
            f"{place}.choices: expected a list of at most {MAX_CHOICES_TEXT} characters, got more"
        )
    if matrix.choices and matrix.values and matrix.values[0][0] not in matrix.choices:
        raise LessonError(f"{place}: expected one of its choices, got {matrix.values[0][0]:g}")
    if matrix.choices and (rows, columns) != (1, 1):
        raise LessonError(f"{place}.choices: expected one number, got a matrix")


def _validate_vocabulary(vocabulary: Vocabulary) -> None:
    if not vocabulary.words:
        raise LessonError("vocabulary.words: expected at least one word, got none")
    if not vocabulary.columns:
        raise LessonError("vocabulary.columns: expected at least one column, got none")
    lowered: dict[str, str] = {}
    for word, row in vocabulary.words.items():
        _validate_word(word, "vocabulary.words")
        place = f"vocabulary.words.{word}"
        if len(row) != len(vocabulary.columns):
            raise LessonError(
                f"{place}: expected {len(vocabulary.columns)} numbers, one a column, got {len(row)}"
            )
        _validate_rows([row], place)
        # Engines differ in what they take for one letter: ı and i, ς and σ, µ and μ.
        other = lowered.setdefault(word.upper().casefold(), word)
        if other != word:
            raise LessonError(
                f"{place}: expected words that differ by more than their case, got {other!r} too"
            )


def _validate_word(word: str, place: str) -> None:
    if not word.strip() or len(word) > MAX_WORD:
        raise LessonError(
            f"{place}: expected a word of 1 to {MAX_WORD} characters, got {word[:40]!r}"
        )
    if re.search(r"[*?~]", word):
        raise LessonError(
            f"{place}: expected a word without * ? ~, which a lookup takes for a pattern, "
            f"got {word[:40]!r}"
        )


def _validate_contexts(lesson: Lesson) -> None:
    words = lesson.vocabulary.words if lesson.vocabulary else {}
    earlier: list[str] = []
    printed = lesson.attention is not None and not lesson.attention.sheet
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
            for word in getattr(context, key):
                if word not in words:
                    nearest = difflib.get_close_matches(word, list(words), 1)
                    hint = f" (nearest: {nearest[0]!r})" if nearest else ""
                    raise LessonError(
                        f"{place}.{key}: expected words of the vocabulary, got {word!r}{hint}"
                    )
