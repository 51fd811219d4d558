"""What the columns of the embeddings mean, and a first guess of what each word has of it.

Each sentence gets a column: what its own words mean, and the others' words do not. The word
that the sentences share has some of all of them, so that its neighbours decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from xlsxattn.lesson.format import IDENTIFIER
from xlsxattn.new.function_words import means_little
from xlsxattn.new.numbers import Array
from xlsxattn.new.request import Request

#: What a word has of a meaning: the one that tells its sentence apart, the one that the
#: sentences share, another one of that sentence, and one that joins others.
TELLING, SHARED, OTHER, JOINING = 2.0, 1.2, 1.0, 1.0


class Meanings:
    """The columns of a lesson, and which sentence has which of them."""

    def __init__(
        self, request: Request, sentences: Sequence[Sequence[str]], focus: str,
        telling: Sequence[str],
    ) -> None:  # fmt: skip
        self._sentences, self._focus, self._telling = sentences, focus, telling
        self._width, self._named = request.width, bool(request.columns)
        own = [word for word in dict.fromkeys(telling) if word] if len(sentences) > 1 else []
        given = list(request.columns) or own[: self._width]
        self.names = [*given, *(f"d{n + 1}" for n in range(len(given), self._width))]
        self.keys = _keys(self.names)
        self.column_of = self._columns()

    def _columns(self) -> list[int | None]:
        """The column of each sentence: of its name where one has it, else the next free one."""
        lowered = [name.lower() for name in self.names]
        found: list[int | None] = [
            lowered.index(word.lower()) if word.lower() in lowered else None
            for word in self._telling
        ]
        free = [column for column in range(self._width) if column not in found]
        for number, word in enumerate(self._telling):
            if word and found[number] is None and free:
                found[number] = free.pop(0)
        return found

    @property
    def guessed(self) -> bool:
        """Whether anything is known of what the words mean."""
        return any(column is not None for column in self.column_of)

    def guesses(self, vocabulary: Sequence[str]) -> Array:
        """A row for each word, a number for each column; 0 where nothing is known."""
        guesses: Array = np.zeros((len(vocabulary), self._width))
        rows = {word: guesses[number] for number, word in enumerate(vocabulary)}
        taken = [column for column in self.column_of if column is not None]
        for words, word, column in zip(self._sentences, self._telling, self.column_of, strict=True):
            if column is not None:
                for own in self._own(words):
                    rows[own][column] = OTHER
                rows[word][column] = TELLING
        if taken and self._focus:
            rows[self._focus][taken] = SHARED
        joining = len(taken)
        if taken and joining < self._width and not self._named:
            for word in vocabulary:
                if means_little(word) and not rows[word].any():
                    rows[word][joining] = JOINING
        return guesses

    def _own(self, words: Sequence[str]) -> list[str]:
        """Words of this sentence alone that mean something by themselves."""
        others = {word for other in self._sentences if other is not words for word in other}
        return [word for word in words if word not in others and not means_little(word)]


def _keys(names: Sequence[str]) -> list[str]:
    """A key for each name, for formulas: the name itself where it can be one, else d1, d2 …"""
    keys: list[str] = []
    for number, name in enumerate(names, 1):
        key = re.sub(r"\s+", "_", name.strip())
        taken = {other.lower() for other in keys}
        if not re.fullmatch(IDENTIFIER, key) or key.lower() in taken:
            key = f"d{number}"
            while key in taken:
                key += "_"
        keys.append(key)
    return keys
