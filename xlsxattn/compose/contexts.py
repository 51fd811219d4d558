"""Sentences while they are told, who attends to them, and the columns of a page that show them."""

from __future__ import annotations

from dataclasses import dataclass, field

from xlsxattn import lesson as files
from xlsxattn import named_attention as notation_of
from xlsxattn.expression import Matrix
from xlsxattn.labels import Label
from xlsxattn.outline import Setting


@dataclass
class Sentence:
    """The words of a context and their embeddings, told once whoever attends to them."""

    spec: files.Context
    title: Label
    suffix: str  # of its steps
    X: Matrix | None
    source: Matrix | None  # the embeddings that keys and values come from


@dataclass
class Context:
    """A sentence as one attention reads it, and where its steps are recorded."""

    sentence: Sentence
    block: str  # what the name of the attention adds to its matrices
    record: notation_of.Steps
    X: Matrix | None
    source: Matrix | None

    @property
    def spec(self) -> files.Context:
        return self.sentence.spec

    @property
    def title(self) -> Label:
        return self.sentence.title

    @property
    def suffix(self) -> str:
        return self.sentence.suffix

    def tail(self, head: str = "") -> str:
        """Whose a matrix is: block, head, context."""
        return self.block + head + self.suffix

    def step(self, head: str = "") -> notation_of.Steps:
        """What makes the steps of the context, or of one of its heads."""
        return self.record.within(self.tail(head))


@dataclass
class Column:
    """What one lane of a page shows: a context, and one of its heads."""

    context: Context
    head: str
    caption: Label

    @property
    def tail(self) -> str:
        return self.context.tail(self.head)


@dataclass
class Common:
    """What all attentions of a lesson have in common: the first one tells it."""

    sentences: list[Sentence] = field(default_factory=list)
    settings: dict[str, Setting] = field(default_factory=dict)
    width: Matrix | None = None  # of the keys
