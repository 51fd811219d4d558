"""What rows and columns are called, where it is fixed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxattn.expression.matrix import Matrix


@dataclass(frozen=True)
class Texts:
    """Labels that notation knows by fixed names, such as those of dimensions.

    ``ids`` is what notation calls them, ``texts`` what a reader sees. Where there are ``nodes``,
    those that are not None are texts of which ``texts`` is what they say at first.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    nodes: tuple[Matrix | None, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Labels that are shown by their own ids."""
        ids = tuple(texts)
        return cls(ids, ids)

    def __len__(self) -> int:
        return len(self.ids)
