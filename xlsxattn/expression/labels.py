"""What rows and columns are called, where it is fixed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """Labels that are the same text for ever, such as the names of dimensions.

    ``ids`` is what notation calls them, ``texts`` what a reader sees.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Labels that are shown by their own ids."""
        ids = tuple(texts)
        return cls(ids, ids)

    def __len__(self) -> int:
        return len(self.ids)
