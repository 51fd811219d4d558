"""What cells say that name something: fixed texts, repeated words, texts that follow cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlsxattn.expression import JoinedText, Labels, Matrix, Text, Texts, WordList

#: After these marks of Chinese texts, which are as wide as a character, no space follows.
CLOSING = tuple("。！？；：，）")


@dataclass(frozen=True)
class WordCell:
    """A label that repeats a cell: the n-th word of a list (from 0)."""

    words: WordList
    index: int


@dataclass(frozen=True)
class LiveText:
    """A text with parts that follow cells: words and single numbers."""

    parts: tuple[str | Matrix, ...]

    @cached_property
    def node(self) -> JoinedText:
        """The whole text as an expression."""
        return JoinedText([Text(one) if isinstance(one, str) else one for one in self.parts])


Label = str | WordCell | LiveText


def labels(of: Labels | None, length: int) -> tuple[Label, ...]:
    """Labels as a page shows them: fixed or live texts, or cells that repeat a word's cell."""
    if of is None:
        return ()
    if isinstance(of, Texts):
        live = of.nodes or (None,) * len(of)
        return tuple(
            text if node is None else LiveText((node,))
            for text, node in zip(of.texts, live, strict=True)
        )
    return tuple(WordCell(of, index) for index in range(length))


def label_text(label: Label) -> str:
    """What a label says when the page is made."""
    if isinstance(label, LiveText):
        return str(label.node.value[0, 0])
    return label.words.words[label.index] if isinstance(label, WordCell) else label


def sentence(*parts: Label) -> Label:
    """Texts one after another, live where one of them is.

    A space stands between them, but for Chinese marks, which are wide enough by themselves.
    """
    pieces: list[str | Matrix] = []
    for part in parts:
        if part:
            closed = bool(pieces) and str(pieces[-1]).endswith(CLOSING)
            pieces += [" "] if pieces and not closed else []
            pieces += part.parts if isinstance(part, LiveText) else [label_text(part)]
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(map(str, pieces))
    return LiveText(tuple(pieces))


def in_lines(label: Label, lines: Sequence[str]) -> list[Label]:
    """A text in lines of what it says now; a live part stays whole, in the line it begins in."""
    if not isinstance(label, LiveText):
        return list(lines)
    pieces: list[tuple[str, Matrix | None]] = []  # a character, or all that a live part says
    for part in _words_of(label.parts):
        if isinstance(part, str):
            pieces += [(character, None) for character in part]
        else:
            pieces.append((label_text(LiveText((part,))), part))
    divided: list[Label] = []
    for number, line in enumerate(lines, 1):
        taken, said = [], ""
        while pieces and (len(said) < len(line) or number == len(lines)):
            text, node = pieces.pop(0)
            if said or text != " ":  # a line begins with no space
                taken.append(text if node is None else node)
                said += text
        divided.append(_joined(taken))
    return divided


def _words_of(parts: Iterable[str | Matrix]) -> Iterator[str | Matrix]:
    """Parts with each joined text of nothing but words as the words that it is made of."""
    for part in parts:
        if isinstance(part, Text):
            yield part.text
        elif isinstance(part, JoinedText) and all(one.is_text for one in part.operands):
            yield from _words_of(part.operands)
        else:
            yield part


def _joined(pieces: Sequence[str | Matrix]) -> Label:
    """Pieces with neighbouring characters together."""
    parts: list[str | Matrix] = []
    for piece in pieces:
        if isinstance(piece, str) and parts and isinstance(parts[-1], str):
            parts[-1] += piece
        else:
            parts.append(piece)
    return (
        LiveText(tuple(parts))
        if any(isinstance(p, Matrix) for p in parts)
        else "".join(map(str, parts))
    )
