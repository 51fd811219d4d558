"""What a classifier of one's own is drafted from: labelled sentences, their words and labels."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import IDENTIFIER
from xlsxattn.lesson.validation.examples import MAX_EXAMPLES
from xlsxattn.new.labelled_file import Labelled, labelled_sentences
from xlsxattn.new.request import MAX_DIMENSIONS
from xlsxattn.new.words import split_all
from xlsxattn.texts import DEFAULT, texts
from xlsxattn.widths import characters

MIN_SENTENCES, MAX_LABELS = 4, 8
#: Words of a sentence, so that its rows stay together on a page.
MAX_WORDS = 24
#: Of a label, which heads a column and is the text of a bar, in characters.
MAX_LABEL = 20
#: Where the file keeps none aside: so many of a label, and the last of them is.
EVERY = 4


@dataclass(frozen=True)
class LabelledRequest:
    """From which file a classifier is to learn, and how wide its embeddings are."""

    file: Path
    seed: int = 0
    dimensions: int = 4
    language: str = DEFAULT
    words: Sequence[str] = ()


class LabelledDraft:
    """Words, labels and what is kept aside; LessonError where nothing can be learned from it."""

    def __init__(self, request: LabelledRequest, file: str) -> None:
        """``file`` is what the lesson's comments call it."""
        self.request, self.file = request, file
        self.said: dict[str, str] = texts(request.language)["classifier"]
        if not 2 <= request.dimensions <= MAX_DIMENSIONS:
            raise LessonError(
                f"--dimensions: expected 2 to {MAX_DIMENSIONS} beside --labels, "
                f"got {request.dimensions}"
            )
        sentences = labelled_sentences(request.file)
        with _of(request.file):
            if not MIN_SENTENCES <= len(sentences) <= MAX_EXAMPLES:
                raise LessonError(
                    f"expected {MIN_SENTENCES} to {MAX_EXAMPLES} sentences, got {len(sentences)}"
                )
            self.words = split_all([one.sentence for one in sentences], request.words)
            _require_words(self.words, sentences)
            sentences = one_spelling_of_labels(sentences)
            self.labels = list(dict.fromkeys(one.label for one in sentences))
            _require_labels(self.labels, sentences)
            self.marked = any(one.aside for one in sentences)
            self.sentences = sentences if self.marked else with_some_aside(sentences)

    @property
    def told(self) -> str:
        """How many sentences of how many labels there are, and which are kept aside."""
        what = f"{len(self.sentences)} sentences, {len(self.labels)} labels"
        if self.marked:
            return f"{what}; kept aside as marked: {self.aside}"
        if not self.aside:
            return f"{what}; none kept aside, for no label has {EVERY} sentences"
        return f"{what}; kept aside, of each label every fourth: {self.aside}"

    @property
    def ids(self) -> list[str]:
        """An id for each label: the label itself where it can be one."""
        usable = [bool(re.fullmatch(IDENTIFIER, label)) for label in self.labels]
        return [
            label if all(usable) else f"label_{number}"
            for number, label in enumerate(self.labels, 1)
        ]

    @property
    def aside(self) -> int:
        """How many sentences are kept aside."""
        return sum(one.aside for one in self.sentences)

    @property
    def length(self) -> int:
        """The room that every sentence has, in words."""
        return max(map(len, self.words))

    @property
    def chosen(self) -> list[str]:
        """The sentence of the page: the first of two different words or more, if there is one."""
        return next((words for words in self.words if len(set(words)) > 1), self.words[0])


def one_spelling_of_labels(sentences: Sequence[Labelled]) -> list[Labelled]:
    """The sentences with labels that differ by their case alone in the spelling that is first."""
    spelling: dict[str, str] = {}
    found = []
    for one in sentences:
        label = " ".join(unicodedata.normalize("NFC", one.label).split())
        found.append(replace(one, label=spelling.setdefault(label.casefold(), label)))
    return found


def with_some_aside(sentences: Sequence[Labelled]) -> list[Labelled]:
    """The sentences, every fourth of a label kept aside."""
    count: Counter[str] = Counter()
    found = []
    for one in sentences:
        count[one.label] += 1
        found.append(replace(one, aside=count[one.label] % EVERY == 0))
    return found


@contextmanager
def _of(file: Path) -> Iterator[None]:
    """Put the file before the message of an error."""
    try:
        yield
    except LessonError as error:
        raise LessonError(f"{file}: {error}") from None


def _require_labels(labels: Sequence[str], sentences: Sequence[Labelled]) -> None:
    """LessonError for too few labels, too many, a long one, or one that cannot be learned."""
    if not 2 <= len(labels) <= MAX_LABELS:
        raise LessonError(f"expected 2 to {MAX_LABELS} labels, got {len(labels)}: {labels[0]!r}")
    for label in labels:
        having = [one for one in sentences if one.label == label]
        if characters(label) > MAX_LABEL:
            raise LessonError(
                f"line {having[0].line}: expected a label of at most {MAX_LABEL} characters, "
                f"got {label[:40]!r}"
            )
        if all(one.aside for one in having):
            raise LessonError(f"expected a sentence of {label!r} that is not kept aside, got none")


def _require_words(words: Sequence[Sequence[str]], sentences: Sequence[Labelled]) -> None:
    """LessonError for a sentence that is too long, or stands there twice."""
    lines: dict[tuple[str, ...], int] = {}
    for said, one in zip(words, sentences, strict=True):
        if len(said) > MAX_WORDS:
            raise LessonError(
                f"line {one.line}: expected at most {MAX_WORDS} words, got {len(said)}"
            )
        first = lines.setdefault(tuple(said), one.line)
        if first != one.line:
            raise LessonError(
                f"line {one.line}: expected another sentence than in line {first}, "
                f"got {one.sentence[:40]!r}"
            )
