"""Sentences with labels from a CSV file: ``sentence, label`` and, where one likes, ``aside``."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xlsxattn.errors import LessonError

#: What may part the columns, the likeliest first.
DELIMITERS = ",;\t"
#: What the column of labels is called where the file has a header line.
LABEL_HEADERS = frozenset(
    {"label", "labels", "class", "classes", "category", "标签", "标注", "类别", "分类"}
)
#: What stands in the third column where a sentence is kept aside, and where it is not.
ASIDE = frozenset({"aside", "yes", "true", "x", "1", "✓", "留出", "是"})
NOT_ASIDE = frozenset({"", "no", "false", "0", "-", "否"})
#: The largest file that is read, in bytes: 400 sentences are far less.
MAX_FILE = 1_000_000


@dataclass(frozen=True)
class Labelled:
    """A sentence, its label, whether the file keeps it aside, and the line where it stands."""

    sentence: str
    label: str
    aside: bool
    line: int


@dataclass(frozen=True)
class _Row:
    fields: list[str]
    line: int


def labelled_sentences(path: Path) -> list[Labelled]:
    """The sentences of a file, in its order; LessonError names the line that is wrong.

    UTF-8, columns parted by commas, semicolons or tabs, with or without a header line.
    """
    text = _text(path)
    rows = min((_rows(text, delimiter, path) for delimiter in DELIMITERS), key=_unlikely)
    if rows and _is_header(rows):
        rows = rows[1:]
    if not rows:
        raise LessonError(f"{path}: expected lines with a sentence and its label, got none")
    return [_labelled(row, path) for row in rows]


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise LessonError(f"{path}: expected a file of sentences, got no such file") from None
    except OSError as error:
        raise LessonError(f"{path}: expected a file of sentences, got {error.strerror}") from None
    if len(content) > MAX_FILE:
        raise LessonError(f"{path}: expected at most {MAX_FILE:,} bytes, got {len(content):,}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LessonError(f"{path}: line {line}: expected text in UTF-8, got other bytes") from None
    if "\0" in text:
        raise LessonError(f"{path}: expected text in UTF-8, got bytes that are no text")
    return text


def _rows(text: str, delimiter: str, path: Path) -> list[_Row]:
    """The lines that are not blank."""
    rows, reader = [], csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for fields in reader:
            stripped = [field.strip() for field in fields]
            if any(stripped):
                rows.append(_Row(stripped, reader.line_num))
    except csv.Error:  # a field without an end
        raise LessonError(
            f"{path}: line {reader.line_num}: expected a quotation mark that is closed, got none"
        ) from None
    return rows


def _unlikely(rows: Sequence[_Row]) -> tuple[int, int]:
    """How badly a delimiter parts a file: lines that have it not, then how many labels there are.

    A comma inside the sentences of a file with semicolons makes more labels than there are.
    """
    fitting = [row for row in rows if len(row.fields) in (2, 3)]
    return -len(fitting), len({row.fields[1] for row in fitting})


def _is_header(rows: Sequence[_Row]) -> bool:
    """Whether the first line names the columns.

    By a usual name of the labels' column, or where all labels but this one occur twice or more.
    """
    labels = [row.fields[1].casefold() if len(row.fields) > 1 else "" for row in rows]
    count = Counter(labels[1:])
    alone = labels[0] not in count and len(count) > 1 and min(count.values()) > 1
    return labels[0] in LABEL_HEADERS or (alone and labels[0] != "")


def _labelled(row: _Row, path: Path) -> Labelled:
    place = f"{path}: line {row.line}"
    if len(row.fields) not in (2, 3):
        raise LessonError(
            f"{place}: expected a sentence and its label, in quotation marks where it has a "
            f"comma, got {len(row.fields)} columns"
        )
    sentence, label, mark = [*row.fields, ""][:3]
    if not label:
        raise LessonError(f"{place}: expected a label after {sentence[:40]!r}, got none")
    if not sentence:
        raise LessonError(f"{place}: expected a sentence before {label[:40]!r}, got none")
    if mark.casefold() not in ASIDE | NOT_ASIDE:
        raise LessonError(
            f"{place}: expected 'aside' or nothing after the label, got {mark[:40]!r}"
        )
    return Labelled(sentence, label, mark.casefold() in ASIDE, row.line)
