"""What a lesson file will be about, before any of it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxattn.new.meanings import Meanings
from xlsxattn.new.numbers import Numbers
from xlsxattn.new.request import Request
from xlsxattn.new.words import focus_of, shortened, telling, words_of
from xlsxattn.texts import texts

#: The contexts' ids: no defined name of a step ends in one of them.
ORDINALS = ("first", "second", "third", "fourth")
#: A word as a label.
CAPTION_LENGTH = 14
#: A word inside a sentence.
WORD_LENGTH = 40


@dataclass(frozen=True)
class Claim:
    """A claim and its keys, as a lesson file has them."""

    name: str
    keys: dict[str, str]


class Draft:
    """Words, numbers and names of a lesson; LessonError where the request has no words."""

    def __init__(self, request: Request, file: str) -> None:
        self.request, self.file = request, file
        self.sentences = words_of(request)
        self.focus = focus_of(request, self.sentences)
        self.said: dict[str, str] = texts(request.language)["new"]
        self.vocabulary = list(dict.fromkeys(word for words in self.sentences for word in words))
        self.meanings = Meanings(request, self.sentences, self.focus, self.telling)
        self.numbers = Numbers(request, self.meanings.guesses(self.vocabulary))

    @property
    def several(self) -> bool:
        return len(self.sentences) > 1

    @property
    def word(self) -> str:
        """The word that the last steps and the claims are about; empty where there is none."""
        return self.focus or ("" if self.several else self.sentences[0][-1])

    @property
    def has_before(self) -> bool:
        """With weights, what comes out has other columns than what went in."""
        return not self.request.weights

    @property
    def own_columns(self) -> bool:
        """Whether what comes out has columns of its own: heads that stand side by side."""
        return self.request.weights or (self.request.heads > 1 and not self.request.layers)

    def shown(self, word: str) -> str:
        """A word inside a sentence of a claim."""
        return shortened(word, WORD_LENGTH)

    @property
    def output(self) -> str:
        """The step that comes out in the end."""
        return f"Layer_{self.request.layers}" if self.request.layers else "Output"

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the contexts."""
        return ORDINALS[: len(self.sentences)] if self.several else ("sentence",)

    @property
    def telling(self) -> list[str]:
        """The word that tells each sentence from the others; empty where there is none."""
        found = []
        for words in self.sentences:
            others = [word for other in self.sentences if other is not words for word in other]
            found.append(telling(words, others, self.request.named) if self.several else "")
        return found

    def place(self, number: int) -> int:
        """Where the telling word of a sentence stands in it, from 0."""
        return self.sentences[number].index(self.telling[number])

    def live(self, number: int, place: int, length: int = WORD_LENGTH) -> str:
        """A word of a sentence in a text that follows its cell; a long one as it is, shortened."""
        word = self.sentences[number][place]
        if shortened(word, CAPTION_LENGTH) != word:
            return shortened(word, length)
        return f"{{Words{self.tail(self.ids[number])}[{place}]}}"

    @property
    def captions(self) -> list[str]:
        """What each sentence is called beside the others: after the cell of a word, if it can."""
        return [
            self.live(number, self.place(number), CAPTION_LENGTH) if word else str(number + 1)
            for number, word in enumerate(self.telling)
        ]

    def tail(self, id_: str) -> str:
        """The end of the names of a sentence's steps."""
        return f"_{id_}" if self.several else ""
