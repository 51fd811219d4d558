"""The words of sentences, and what sentences have in common."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from xlsxattn.errors import LessonError
from xlsxattn.lesson import MAX_CONTEXTS
from xlsxattn.new.request import Request
from xlsxattn.widths import characters

# Scripts that are written without spaces: Han, Kana, Hangul, Thai, Lao, Myanmar, Khmer.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007"
    r"\u3021-\u312f\u3130-\u318f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    r"\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
# At the ends of a word: stops, quotation marks, round and corner brackets, dashes. Not the
# brackets and signs of <BOS>, [MASK], C++, #1 and 50%.
_FULL_WIDTH = "、。，．！？；：（）「」『』【】〔〕《》〈〉〖〗｛｝［］…—～·・＂＇｡｢｣､“”‘’"
_PUNCTUATION = _FULL_WIDTH + "*~_'\"‘’‚‛“”„‟«»‹›.,;:!?…‥·•()–—―‐¿¡¶§‽،؛؟۔।॥״׳"
_ABBREVIATION = re.compile(r"(\w\.){2,}")
_SPACE = re.compile(r"[\s\u200b\u2060\ufeff]+")


def plain(sentence: str) -> str:
    """A sentence with one space, of the ordinary kind, wherever it has any."""
    return " ".join(_SPACE.sub(" ", sentence).split())


def split(sentence: str) -> list[str]:
    """The words of a sentence, without the punctuation around them.

    At spaces where there are any; else, in a script that is written without spaces, one
    character a word, with its marks, while letters of other scripts and digits stay together.
    """
    spaced = _SPACE.sub(" ", unicodedata.normalize("NFC", sentence)).strip()
    pieces = spaced.split(" ") if " " in spaced else list(_characters(spaced))
    return [word for piece in pieces if (word := _bare(piece)).strip("-")]


def _bare(piece: str) -> str:
    """A word without the punctuation around it; U.S. keeps its stops."""
    return piece if _ABBREVIATION.fullmatch(piece) else piece.strip(_PUNCTUATION)


def _characters(text: str) -> Iterator[str]:
    """Characters of unspaced scripts one by one, everything between them as it stands."""
    piece, unspaced = "", False
    for character in text:
        mark = unicodedata.category(character).startswith("M") or character in "\u200c\u200d"
        own = _UNSPACED.match(character) is not None or character in _FULL_WIDTH
        if piece and not mark and (own or unspaced):
            yield piece
            piece = ""
        piece += character
        unspaced = unspaced if mark and len(piece) > 1 else own
    if piece:
        yield piece


def _one_spelling(sentences: list[list[str]]) -> list[list[str]]:
    """Words that differ by their case alone in one spelling, for a lookup sees no difference.

    It is the one that stands somewhere else than at the beginning of a sentence.
    """
    spelling: dict[str, str] = {}
    inside = [word for words in sentences for word in words[1:]]
    for word in [*inside, *(words[0] for words in sentences)]:
        spelling.setdefault(word.lower(), word)
    return [[spelling[word.lower()] for word in words] for words in sentences]


def words_of(request: Request) -> list[list[str]]:
    """The words of each sentence; LessonError where there are too many sentences or no words."""
    if not 1 <= len(request.sentences) <= MAX_CONTEXTS:
        raise LessonError(
            f"expected 1 to {MAX_CONTEXTS} sentences, each in quotation marks, "
            f"got {len(request.sentences)}"
        )
    sentences = [split(sentence) for sentence in request.sentences]
    for sentence, words in zip(request.sentences, sentences, strict=True):
        if not words:
            raise LessonError(f"expected a sentence with at least one word, got {sentence[:40]!r}")
    return _one_spelling(sentences)


def focus_of(request: Request, sentences: list[list[str]]) -> str:
    """The word in bold: the one that is wanted, or the longest of those in most sentences.

    With a causal mask it is one that sees different words, where there is such a one.
    """
    if request.focus:
        known = {word.lower(): word for words in sentences for word in words}
        wanted = unicodedata.normalize("NFC", request.focus).strip().lower()
        if wanted not in known:
            listed = ", ".join(list(known.values())[:20])
            raise LessonError(f"--focus: expected one of {listed}, got {request.focus!r}")
        return known[wanted]
    count = {
        word: sum(word in words for words in sentences) for words in sentences for word in words
    }
    shared = [word for word in count if count[word] > 1]
    if request.mask == "causal":
        shared = [word for word in shared if _sees_different_words(word, sentences)] or shared
    return max(shared, key=lambda word: (count[word], len(word)), default="")


def _sees_different_words(word: str, sentences: list[list[str]]) -> bool:
    """Whether other words stand before it in one sentence than in another."""
    before = {tuple(sorted(words[: words.index(word)])) for words in sentences if word in words}
    return len(before) > 1


def telling(words: list[str], others: list[str]) -> str:
    """The first word that the others have not, not a short one such as "of" if it can be."""
    own = [word for word in words if word not in others]
    return next((word for word in own if len(word) > 2), own[0] if own else "")


def shortened(text: str, length: int) -> str:
    while characters(text) > length:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text
