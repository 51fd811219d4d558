"""Where lessons live, and how one is read from its file."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from xlsxattn.errors import LessonError
from xlsxattn.lesson.blocks import adopt_blocks
from xlsxattn.lesson.format import Lesson, WeightSource
from xlsxattn.lesson.parsing import one_line, parse
from xlsxattn.lesson.translation import say_words, translate
from xlsxattn.lesson.validation import validate
from xlsxattn.lesson.validation.examples import collect_words
from xlsxattn.texts import DEFAULT, languages

PACKAGE = Path(__file__).parents[1]


def template_folder() -> Path:
    """The folder of the lessons that come with the package."""
    inside = PACKAGE / "templates"
    return inside if inside.is_dir() else PACKAGE.parent / "templates"


#: The course's order, chapter by chapter; ``list`` and ``build --all`` follow it.
ORDER = (
    "bottleneck",
    "lookup",
    "mouse",
    "learned",
    "dimensions",
    "heads",
    "three-words",
    "scaling",
    "additive",
    "explanation",
    "cost",
    "apple",
    "order",
    "masked",
    "translate",
    "classify",
    "next-word",
    "translator",
    "training",
    "task",
)


#: The name under which all lessons are built into one workbook.
COURSE = "course"


#: The plain number of a lesson that `build --tokens` sets.
TOKENS = "tokens"


#: The lessons that are workbooks of their own, and no part of the course.
ALONE = ("stories",)


def lesson_names() -> list[str]:
    """The names of all lessons that come with the package, those of the course first."""
    return [*template_names(), *names_alone()]


def names_alone() -> list[str]:
    """The names of those lessons that are workbooks of their own."""
    return [name for name in ALONE if (template_folder() / f"{name}.toml").is_file()]


def template_names() -> list[str]:
    """The names of the lessons of the course, in its order."""
    names = {path.stem for path in template_folder().glob("*.toml")} - {*ALONE}
    return sorted(names, key=lambda n: (ORDER.index(n) if n in ORDER else len(ORDER), n))


def find(name: str) -> Path:
    """The file of a lesson given by a template's name or by a path."""
    path = Path(name)
    if path.suffix == ".toml" or len(path.parts) > 1:
        if path.is_dir():
            raise LessonError(f"{name}: expected a lesson file, got a folder")
        return path
    if name in lesson_names():
        return template_folder() / f"{name}.toml"
    nearest = difflib.get_close_matches(name, [*lesson_names(), COURSE], 1, 0.5)
    hint = f"did you mean {nearest[0]}?" if nearest else "`xlsxattn list` shows them all"
    raise LessonError(
        f"{name or repr(name)}: expected the name of a lesson or a .toml file; {hint}"
    )


#: Signs of other keyboards, and those of TOML that stand in their place.
_LOOKALIKES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "，": ",", "、": ",",
                             "＝": "=", "［": "[", "］": "]", "【": "[", "】": "]"})  # fmt: skip
_QUOTED = re.compile(r"""\"(\\.|[^"\\])*\"|'[^']*'|#.*""")


def _hint(path: Path, message: str) -> str:
    """What a teacher may have meant where a file is no TOML."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    place = re.search(r"at line (\d+)", message)
    number = int(place[1]) if place else len(lines)
    # An array that is not closed is found out at its end, or at the line after it.
    for line in reversed(lines[max(0, number - 2) : number]):
        for sign in _QUOTED.sub("", line):
            meant = sign.translate(_LOOKALIKES)
            if meant != sign:
                return f"; write {meant} in place of {sign}"
    if "Unclosed array" in message:
        return "; a comma or a ] is missing there or before"
    return ""


def complete(lesson: Lesson, language: str) -> None:
    """Bring in the built-in blocks that a lesson uses; LessonError where its parts do not fit."""
    adopt_blocks(lesson, template_folder() / "blocks")
    say_words(lesson, language)
    collect_words(lesson, language)
    validate(lesson, language)


def language_of(name: str) -> str:
    """The language in which a lesson is built where no other is asked for.

    LessonError where it is no lesson, or has a language that no page can be built in.
    """
    if name == COURSE:
        return DEFAULT
    path = find(name)
    own = _parsed(path).language or DEFAULT
    if own not in languages():
        known = " or ".join(languages())
        raise LessonError(f"{path}: language: expected {known}, got {own!r}")
    return own


def load(
    path: Path, language: str, prepare: Callable[[Lesson], None] | None = None, *,
    weights: bool = True, tokens: int | None = None,
) -> Lesson:  # fmt: skip
    """The validated lesson in a TOML file; LessonError names file and place.

    ``prepare`` changes it before its weights are drawn or read, which ``weights`` asks for.
    ``tokens`` are its plain number of that name.
    """
    lesson = _parsed(path)
    try:
        if tokens is not None:
            _set_tokens(lesson, tokens)
        lesson = translate(lesson, language)
        complete(lesson, language)
        if prepare is not None:
            prepare(lesson)
        sources = any(isinstance(one, WeightSource) for one in lesson.weights.values())
        sources |= any(one.source is not None for one in lesson.inputs)
        sources |= any(one.file != "" for one in lesson.words)
        if weights and (lesson.blocks or sources):
            from xlsxattn.lesson.weights import load_weights  # NumPy, which a list needs not

            load_weights(lesson, path.parent, language)
    except LessonError as error:
        raise LessonError(f"{path}: {error}") from None
    return lesson


def _set_tokens(lesson: Lesson, tokens: int) -> None:
    if TOKENS not in lesson.numbers:
        raise LessonError(f"expected a lesson with a number {TOKENS}, got one without")
    lesson.numbers[TOKENS].value = tokens


def _parsed(path: Path) -> Lesson:
    """The lesson in a TOML file, each of its keys right by itself."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise LessonError(f"{path}: expected a lesson file, got no such file") from None
    except OSError as error:
        raise LessonError(f"{path}: expected a readable file, got {error.strerror}") from None
    except UnicodeDecodeError:
        raise LessonError(f"{path}: expected text in UTF-8, got other bytes") from None
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, or a number too long
        reason = one_line(str(error)) + _hint(path, str(error))
        raise LessonError(f"{path}: expected TOML, got {reason}") from None
    try:
        return parse(content)
    except LessonError as error:
        raise LessonError(f"{path}: {error}") from None
