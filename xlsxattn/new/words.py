"""The words of sentences, and what sentences have in common."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from xlsxattn.errors import LessonError
from xlsxattn.lesson import MAX_CONTEXTS
from xlsxattn.new.function_words import DETERMINERS, means_little
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


def split(sentence: str, known: Sequence[str] = ()) -> list[str]:
    """The words of a sentence, without the punctuation around them.

    At spaces where there are any; else at the ``known`` words, the longest that fits first; else,
    in a script that is written without spaces, one character a word, with its marks, while
    letters of other scripts and digits stay together.
    """
    spaced = _SPACE.sub(" ", unicodedata.normalize("NFC", sentence)).strip()
    pieces = spaced.split(" ") if " " in spaced else list(_known(spaced, known))
    return [word for piece in pieces if (word := _bare(piece)).strip("-")]


def _known(text: str, known: Sequence[str]) -> Iterator[str]:
    """The known words of a text, and what stands between them character by character."""
    if not known:
        yield from _characters(text)
        return
    longest_first = sorted(map(re.escape, known), key=len, reverse=True)
    for part in re.split(f"({'|'.join(longest_first)})", text):
        yield from [part] if part in known else _characters(part)


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
    return split_all(request.sentences, request.words)


def split_all(sentences: Sequence[str], known: Sequence[str]) -> list[list[str]]:
    """The words of sentences, split at the ``known`` words too; LessonError where one has none."""
    known = [unicodedata.normalize("NFC", word) for word in known]
    for word in known:
        if not any(word in unicodedata.normalize("NFC", one) for one in sentences):
            raise LessonError(f"--words: expected words of the sentences, got {word!r}")
    found = [split(sentence, known) for sentence in sentences]
    for sentence, words in zip(sentences, found, strict=True):
        if not words:
            raise LessonError(f"expected a sentence with at least one word, got {sentence[:40]!r}")
    return _one_spelling(found)


def focus_of(request: Request, sentences: list[list[str]]) -> str:
    """The word in bold: the one that is wanted, or the longest of those in most sentences.

    One that means something by itself, where sentences share such a one; the last of equals.

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
    return max(
        reversed(shared), default="",
        key=lambda word: (not means_little(word), count[word], len(word)),
    )  # fmt: skip


def _sees_different_words(word: str, sentences: list[list[str]]) -> bool:
    """Whether other words stand before it in one sentence than in another."""
    before = {tuple(sorted(words[: words.index(word)])) for words in sentences if word in words}
    return len(before) > 1


def telling(words: list[str], others: list[str], names: Sequence[str] = ()) -> str:
    """The word that tells a sentence from others: one that they have not; empty without any.

    The first that is one of the ``names``; else the first after "the" and its like; else the
    first that means something by itself; else the first.
    """
    own = [word for word in words if word not in others]
    wanted = {name.lower() for name in names}
    named = [word for word in own if word.lower() in wanted]
    full = [word for word in own if not means_little(word)]
    after = [w for before, w in pairwise(words) if before.lower() in DETERMINERS and w in full]
    return next(iter([*named, *after, *full, *own]), "")


def shortened(text: str, length: int) -> str:
    while characters(text) > length:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text
