"""Sentences while they are told, and the columns of a page that show them."""

from __future__ import annotations

from dataclasses import dataclass

from xlsxattn import lesson as files
from xlsxattn import named_attention as notation_of
from xlsxattn.expression import Matrix


@dataclass
class Context:
    """One sentence: its embeddings, and where its steps are recorded."""

    spec: files.Context
    title: str
    step: notation_of.Steps
    X: Matrix | None
    source: Matrix | None  # the embeddings that keys and values come from

    @property
    def suffix(self) -> str:
        return self.step.suffix


@dataclass
class Column:
    """What one lane of a page shows: a context, and one of its heads."""

    context: Context
    head: str
    caption: str

    @property
    def tail(self) -> str:
        return self.head + self.context.suffix
