"""A lesson file of one's own: sentences in, a commented TOML file out, ready to build.

The embeddings are drawn from a seed and rounded to two decimals, the same everywhere. The
claims are those that hold for the drawn numbers. What comes out is built once, in memory,
before anyone gets it: a lesson that would be refused is refused here.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xlsxattn import lesson as files
from xlsxattn.compose import compose
from xlsxattn.errors import LessonError, XlsxattnError
from xlsxattn.layout import lay_out
from xlsxattn.lesson import Lesson
from xlsxattn.outline import Outline
from xlsxattn.schema import SCHEMA_FILE
from xlsxattn.texts import DEFAULT, texts
from xlsxattn.whole import whole_file
from xlsxattn.widths import characters

Array = NDArray[Any]

#: The contexts' ids: no defined name of a step ends in one of them.
ORDINALS = ("first", "second", "third", "fourth")
MAX_DIMENSIONS = 512
#: A title in its large type, and a word that a claim's sentence can hold.
TITLE_LENGTH, CLAIM_WORD = 36, 40
#: A word as a label, and the columns that a chart still shows apart.
CAPTION_LENGTH, CHART_COLUMNS = 14, 12
#: A change that a page with two decimals shows.
VISIBLE = 0.04


@dataclass(frozen=True)
class Request:
    """What a lesson is to be about, and how its attention works."""

    sentences: Sequence[str]
    seed: int = 0
    dimensions: int = 4
    heads: int = 1
    mask: str = "off"
    weights: bool = False
    positions: bool = False
    focus: str = ""
    language: str = DEFAULT


# --- words ----------------------------------------------------------------------------

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
_WORD_SPACE = re.compile(r"[\s\u200b\u2060\ufeff]+")


def split(sentence: str) -> list[str]:
    """The words of a sentence, without the punctuation around them.

    At spaces where there are any; else, in a script that is written without spaces, one
    character a word, with its marks, while letters of other scripts and digits stay together.
    """
    spaced = _WORD_SPACE.sub(" ", unicodedata.normalize("NFC", sentence)).strip()
    pieces = spaced.split(" ") if " " in spaced else list(_characters(spaced))
    words = [piece if _ABBREVIATION.fullmatch(piece) else piece.strip(_PUNCTUATION) for piece in
             pieces]  # fmt: skip
    return [word for word in words if word.strip("-")]


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


def _words_of(request: Request) -> list[list[str]]:
    """The words of each sentence; LessonError where there are too many sentences or no words."""
    if not 1 <= len(request.sentences) <= files.MAX_CONTEXTS:
        raise LessonError(
            f"expected 1 to {files.MAX_CONTEXTS} sentences, each in quotation marks, "
            f"got {len(request.sentences)}"
        )
    sentences = [split(sentence) for sentence in request.sentences]
    for sentence, words in zip(request.sentences, sentences, strict=True):
        if not words:
            raise LessonError(f"expected a sentence with at least one word, got {sentence[:40]!r}")
    return _one_spelling(sentences)


def _focus_of(request: Request, sentences: list[list[str]]) -> str:
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


# --- the lesson -----------------------------------------------------------------------


def new_lesson(request: Request, file: str = "my-lesson.toml") -> str:
    """The text of a lesson file about some sentences; ``file`` is what its comments call it.

    LessonError where the request is wrong or a lesson of these words would be refused.
    """
    _require_sizes(request)
    sentences = _words_of(request)
    focus = _focus_of(request, sentences)
    draft = _Draft(request, sentences, focus, file)
    try:
        text = draft.text(_claims(draft, request.language))
        lay_out(compose(_read(text, request.language), request.language))
    except XlsxattnError as error:
        raise LessonError(str(error)) from None
    return text


def _require_sizes(request: Request) -> None:
    if not 1 <= request.dimensions <= MAX_DIMENSIONS:
        raise LessonError(f"--dimensions: expected 1 to {MAX_DIMENSIONS}, got {request.dimensions}")
    if request.heads < 1 or request.dimensions % request.heads:
        raise LessonError(
            f"--heads: expected a number that divides the {request.dimensions} dimensions, "
            f"got {request.heads}"
        )


def _read(text: str, language: str) -> Lesson:
    lesson = files.parse(tomllib.loads(text))
    files.validate(lesson, language)
    return lesson


def _string(text: str) -> str:
    """A TOML string; a control character comes out as an escape, for the lesson to refuse."""
    quoted = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    return quoted.encode("utf-8", "replace").decode()


def _formula(text: str) -> str:
    """A formula in single quotes, as people write it, where it has none itself."""
    return f"'{text}'" if text.isprintable() and "'" not in text else _string(text)


def _key(word: str) -> str:
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else _string(word)


def _row(numbers: Array) -> str:
    return "[" + ", ".join(f"{number:5.2f}" for number in numbers) + "]"


def _list(words: Sequence[str]) -> str:
    return "[" + ", ".join(map(_string, words)) + "]"


def _telling(words: list[str], others: list[str]) -> str:
    """The first word that the others have not, not a short one such as "of" if it can be."""
    own = [word for word in words if word not in others]
    return next((word for word in own if len(word) > 2), own[0] if own else "")


def _shortened(text: str, length: int) -> str:
    while characters(text) > length:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text


class _Draft:
    """The text of a lesson file, part by part, each with its comment."""

    def __init__(self, request: Request, sentences: list[list[str]], focus: str, file: str) -> None:
        self.request, self.sentences, self.focus, self.file = request, sentences, focus, file
        self.said: dict[str, str] = texts(request.language)["new"]
        #: The word that the last steps and the claims are about.
        self.word = focus or ("" if len(sentences) > 1 else sentences[0][-1])
        #: With weights, what comes out has other columns than what went in.
        self.has_before = not request.weights
        self.vocabulary = list(dict.fromkeys(word for words in sentences for word in words))
        self.source = np.random.RandomState(request.seed)
        self.embeddings = self.drawn(len(self.vocabulary), 1.0)
        self.matrices: dict[str, Array] = {}
        if request.weights:
            names = ["W_Q", "W_K", "W_V", *(["W_O"] if request.heads > 1 else [])]
            scale = 1 / math.sqrt(request.dimensions)
            self.matrices = {name: self.drawn(request.dimensions, scale) for name in names}

    def drawn(self, rows: int, scale: float) -> Array:
        """Numbers of mean 0, rounded to two decimals: (rows, dimensions)."""
        numbers = self.source.standard_normal((rows, self.request.dimensions)) * scale
        rounded: Array = np.round(numbers, 2) + 0.0  # no minus before a zero
        return rounded

    def text(self, claims: list[_Claim]) -> str:
        parts = [
            head(self.file, self.request.language),
            self.top(),
            self.words(),
            self.contexts(),
            self.attention(),
            self.weights(),
            self.steps(),
            self.claims(claims),
        ]
        return "\n".join(parts)

    def top(self) -> str:
        plain = [" ".join(_WORD_SPACE.sub(" ", s).split()) for s in self.request.sentences]
        whole = " / ".join(plain)
        title = self.focus if len(plain) > 1 and self.focus else plain[0]
        title = _shortened(title, TITLE_LENGTH)
        subtitle = "" if whole == title else _shortened(whole, files.MAX_TEXT)
        focus = f"focus = {_string(self.focus or self.sentences[0][0])}"
        return f"""\
# The title and the line below it. A text may also be given for each language of the page:
# title = {{ en = "My title", zh = "我的标题" }}
title = {_string(title)}
subtitle = {_string(subtitle)}

# The word whose rows are bold.
{focus if self.focus else "# " + focus}
"""

    def words(self) -> str:
        columns = ", ".join(f'd{i + 1} = "d{i + 1}"' for i in range(self.request.dimensions))
        rows = "\n".join(
            f"{_key(word)} = {_row(row)}"
            for word, row in zip(self.vocabulary, self.embeddings, strict=True)
        )
        return f"""\
# The vocabulary: one row for a word, one number for each column. These numbers are drawn
# from seed {self.request.seed}: put your own in their place. Columns are yours to name, by what
# they mean, as in: animal = "animal". The name before = is for formulas: letters, digits, _.
# Every row needs as many numbers as there are columns. Capitals make no other word.
[vocabulary]
columns = {{ {columns} }}

[vocabulary.words]
{rows}
"""

    def contexts(self) -> str:
        parts = []
        for number, id_ in enumerate(self.ids):
            words, own = self.sentences[number], self.captions[number]
            caption = own if own == str(number + 1) else f"{number + 1} · {own}"
            title = f"title = {_string(caption)}\n" if len(self.ids) > 1 else ""
            parts.append(f'[[contexts]]\nid = "{id_}"\n{title}words = {_list(words)}\n')
        return f"""\
# The sentences, one to four, side by side on the page. Every word must be in the vocabulary.
# Another sentence is another [[contexts]] with an id of its own. The names of its steps end
# in its id, as in Output_{ORDINALS[1]}; with one sentence alone they have no such end.
{chr(10).join(parts)}"""

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the contexts."""
        return ORDINALS[: len(self.sentences)] if len(self.sentences) > 1 else ("sentence",)

    @property
    def captions(self) -> list[str]:
        """What each sentence is called beside the others: a word that they have not."""
        found = []
        for number, words in enumerate(self.sentences):
            others = [word for other in self.sentences if other is not words for word in other]
            found.append(_shortened(_telling(words, others), CAPTION_LENGTH) or str(number + 1))
        return found

    def attention(self) -> str:
        request = self.request
        mask = _string(request.mask)
        positions = '"sinusoidal"' if request.positions else '"off"'
        query = self.focus or self.vocabulary[0]
        inspector = f"{{ query = {_string(query)}, key = {_string(self.sentences[0][-1])} }}"
        return f"""\
# How attention works; these choices are independent.
# scores: "scaled-dot" (divided by √d_k) or "dot".
# mask: "causal" (no word looks ahead) or "window" (only at its neighbours), both with a switch
#   on the page; "none" is the switch, at first at none; "off" has no switch.
# heads: must divide the number of columns. positions: "sinusoidal" or "off".
# inspector: choose two words on the page and see their dot product; remove the # to have it.
[attention]
scores = "scaled-dot"
mask = {mask}
heads = {request.heads}
positions = {positions}
temperature = 1.0
# inspector = {inspector}
"""

    def weights(self) -> str:
        if not self.matrices:
            return """\
# Weights, one row for each column of the vocabulary. Without them, queries, keys and values
# are the embeddings themselves. To have some: [weights], then W_Q = [[…], […]], W_K, W_V.
"""
        matrices = "\n".join(
            f"{name} = [\n" + "".join(f"  {_row(row)},\n" for row in rows) + "]"
            for name, rows in self.matrices.items()
        )
        return f"""\
# Weights: queries are X · W_Q, keys X · W_K, values X · W_V. One row for each column of the
# vocabulary; W_Q and W_K need the same number of columns. With heads, each head takes its
# share of the columns, and W_O joins what they find.
[weights]
{matrices}
"""

    def steps(self) -> str:
        """A table of the word's rows, before attention if they compare, and after, with a chart."""
        rows = []
        several = len(self.ids) > 1
        having = [
            (id_, own)
            for id_, own, words in zip(self.ids, self.captions, self.sentences, strict=True)
            if self.word in words
        ]
        word = f"[{_quoted(self.word)}]"
        if having and self.has_before:
            source = "Embeddings" if self.request.positions else "X"
            tail = f"_{having[0][0]}" if several else ""
            rows.append(("Before", f"{source}{tail}{word}", self.said["in"]))
        for id_, own in having:
            tail = f"_{id_}" if several else ""
            label = self.said["out_of"].format(own) if several else self.said["out"]
            rows.append((f"After{tail}", f"Output{tail}{word}", label))
        if not rows:
            return """\
# Steps of your own: [[steps]] with a name and a formula, such as Output * 2.
"""
        listed = "".join(
            f"  {{ name = {_string(name)}, formula = {_formula(formula)}, "
            f"label = {_string(label)} }},\n"
            for name, formula, label in rows
        )
        columns = [str(number + 1) for number in range(self.request.dimensions)]
        inherited = self.has_before and self.request.heads == 1
        shown = _shortened(self.word, CAPTION_LENGTH)
        what = "" if self.has_before else "after_"
        said = {key: self.said[what + key] for key in ("title", "note", "note_several", "chart")}
        about = "before and after attention" if self.has_before else "after attention"
        chart = f"""\
[steps.chart]
title = {_string(shown)}
alternative = {_string(said["chart"].format(shown))}
"""
        return f"""\
# Steps of your own: here the rows of one word, {about}, and a chart of them.
# A formula is written with the names of steps: Output is what comes out, X what went in.
[[steps]]
name = "Meaning"
title = {_string(said["title"])}
note = {_string(said["note_several" if several else "note"])}
mathematics = {_string(shown)}
heat = true
{"" if inherited else f"columns = {_list(columns)}" + chr(10)}rows = [
{listed}]
{chart if len(columns) <= CHART_COLUMNS else ""}"""

    def claims(self, claims: list[_Claim]) -> str:
        blocks = "\n".join(claim.text() for claim in claims)
        return f"""\
# What must hold: ✓ or ✗ at the end of the page, live. They hold for the numbers above. Where
# you change those, change or remove these.
{blocks or "# [[claims]] needs a name, a text, and holds, a formula such as Temperature < 2"}"""


def build_command(file: str, language: str = DEFAULT) -> str:
    """How a lesson file is built, as one types it."""
    shown = f'"{file}"' if " " in file else file
    return f"xlsxattn build {shown}" + (f" --lang {language}" if language != DEFAULT else "")


def head(file: str, language: str = DEFAULT, what: str = "A lesson of your own") -> str:
    """The first lines of a lesson file: what it is, and how a teacher goes on."""
    return f"""\
#:schema ./{SCHEMA_FILE}
# {what}. Change the words and the numbers; lines that begin with # are comments.
# The workbook:  {build_command(file, language)}
# Every key that a lesson may have, with examples:  xlsxattn guide
# The first line is for editors: with {SCHEMA_FILE} beside this file they know the keys.
format = 1
"""


def lesson_from(template: str, file: str = "my-lesson.toml") -> str:
    """The text of a lesson that comes with the package, commented at its top.

    LessonError where there is no such lesson.
    """
    if template not in files.template_names():
        files.find(Path(template).name or "''")  # says which one may be meant
        raise LessonError(f"--from: expected a lesson of `xlsxattn list`, got {template!r}")
    text = (files.template_folder() / f"{template}.toml").read_text(encoding="utf-8")
    body = re.sub(r"\A(#.*\n|\s*\n)*format = 1\n", "", text)
    first = head(file, what=f"A copy of the lesson {template}")
    languages = (
        '# Texts stand in braces, one for each language: { en = "…", zh = "…" }. A plain text, as\n'
        '# in title = "My title", serves every language.\n'
    )
    return first.replace("format = 1\n", f"{languages}format = 1\n") + body


# --- claims ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Claim:
    """A claim and its keys, as a lesson file has them."""

    name: str
    keys: dict[str, str]

    def text(self) -> str:
        lines = [f'name = "{self.name}"', *(f"{key} = {value}" for key, value in self.keys.items())]
        return "[[claims]]\n" + "\n".join(lines) + "\n"


def _live(name: str, text: str, holds: str) -> _Claim:
    return _Claim(name, {"text": _string(text), "holds": _formula(holds)})


def _claims(draft: _Draft, language: str) -> list[_Claim]:
    """Up to two claims that hold for the drawn numbers; LessonError for a lesson that is wrong."""
    lesson = _read(draft.text([]), language)
    content = compose(lesson, language)
    if not _short(draft.word):
        return []
    if len(draft.sentences) == 1:
        found = [_attends(draft, content), _moved(draft, content)]
    else:
        found = [_apart(draft, content), _swap(draft, lesson, content, language)]
    claims = [claim for claim in found if claim is not None]
    return claims or _not_ahead(draft)


def _attends(draft: _Draft, content: Outline) -> _Claim | None:
    """Which word gets the largest attention weight of one word."""
    heads = draft.request.heads > 1
    name = "Attention_head1" if heads else "Attention"
    words, word = draft.sentences[0], draft.word
    row = words.index(word)
    weights = _values(content, name)[row]
    other = words[int(np.argmax(weights))]
    if not _short(other) or weights[words.index(other)] < weights.max():
        return None
    said = draft.said["attends_head" if heads else "attends"].format(word, other)
    holds = f"{name}[{_quoted(word)}, {_quoted(other)}] >= max({name}[{row}])"
    return _live("attends", said, holds)


def _moved(draft: _Draft, content: Outline) -> _Claim | None:
    """That a word comes out different from how it went in."""
    if not draft.has_before:
        return None
    change = _threshold(_values(content, "After") - _values(content, "Before"))
    said = draft.said["moved"].format(draft.word, change)
    return _live("moved", said, f"max(abs(After - Before)) > {change}") if change else None


def _not_ahead(draft: _Draft) -> list[_Claim]:
    """With a causal mask: that a word gives no weight to a later one."""
    words = draft.sentences[0]
    word = draft.word if draft.word in words[:-1] else words[0]
    if draft.request.mask != "causal" or len(words) < 2 or not _short(word):
        return []
    row, heads = words.index(word), draft.request.heads
    names = [f"Attention_head{n + 1}" for n in range(heads)] if heads > 1 else ["Attention"]
    tail = f"_{draft.ids[0]}" if len(draft.sentences) > 1 else ""
    holds = " and ".join(f"max({name}{tail}[{row}, {row + 1}:]) == 0" for name in names)
    return [_live("ahead", draft.said["ahead"].format(word), holds)]


def _apart(draft: _Draft, content: Outline) -> _Claim | None:
    """That a word comes out of two sentences different."""
    first, second = (f"After_{id_}" for id_ in ORDINALS[:2])
    if first not in content.nodes or second not in content.nodes:
        return None
    change = _threshold(_values(content, first) - _values(content, second))
    said = draft.said["apart"].format(draft.word, change)
    return _live("apart", said, f"max(abs({first} - {second})) > {change}") if change else None


def _swap(draft: _Draft, lesson: Lesson, content: Outline, language: str) -> _Claim | None:
    """That a neighbour from the second sentence changes the word in the first."""
    here, there = draft.sentences[:2]
    if draft.request.mask == "causal" and draft.word in here:
        here = here[: here.index(draft.word)]  # it sees no others
    old, new = _telling(here, there), _telling(there, draft.sentences[0])
    after, words = f"After_{ORDINALS[0]}", f"Words_{ORDINALS[0]}"
    if not old or not new or not _short(old, new) or after not in content.nodes:
        return None
    swapped = _values(_with_word(lesson, old, new, language), after)
    change = _threshold(swapped - _values(content, after))
    if old == draft.word or not change:
        return None
    keys = {
        "text": _string(draft.said["swap"].format(draft.word, new, old, change)),
        "how": _string(draft.said["swap_how"].format(new, old)),
        "change": f"{{ {_formula(f'{words}[{_quoted(old)}]')} = {_string(new)} }}",
        "then": _formula(f'max(abs({after} - before("{after}"))) > {change}'),
    }
    return _Claim("swap", keys)


def _with_word(lesson: Lesson, old: str, new: str, language: str) -> Outline:
    """The outline with another word in the first sentence."""
    context = lesson.contexts[0]
    words = list(context.words)
    words[words.index(old)] = new
    contexts = [msgspec.structs.replace(context, words=words), *lesson.contexts[1:]]
    return compose(msgspec.structs.replace(lesson, contexts=contexts), language)


def _values(content: Outline, name: str) -> Array:
    values: Array = content.nodes[name].value
    return values


def _quoted(word: str) -> str:
    """A word in notation."""
    return json.dumps(word, ensure_ascii=False)


def _short(*words: str) -> bool:
    return all(len(word) <= CLAIM_WORD for word in words)


def _threshold(changes: Array) -> str:
    """About half of the largest change, in one digit; empty where the page would not show it."""
    change = float(np.abs(changes).max())
    if not change >= VISIBLE:
        return ""
    half = change / 2
    digits = max(0, -math.floor(math.log10(half)))
    return f"{math.floor(half * 10**digits) / 10**digits:.{digits}f}"


# --- the file -------------------------------------------------------------------------


def require_new(path: Path, suffix: str, force: bool) -> None:
    """LessonError where a file cannot be written there, or one is there already."""
    if path.suffix != suffix:
        raise LessonError(f"{path}: expected a name that ends in {suffix}, got {path.name!r}")
    if path.is_dir():
        raise LessonError(f"{path}: expected a file, got a folder")
    if path.exists() and not force:
        raise LessonError(f"{path}: expected a new file, got one that exists; --force replaces it")


def write(text: str, path: Path) -> None:
    """Write a text file whole or not at all; LessonError where it cannot be written."""
    with whole_file(path, LessonError) as file:
        file.write(text.encode())
