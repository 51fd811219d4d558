"""Lesson files made at random within the documented format, the same for a number for ever.

``random_lesson(7)`` is the content of lesson 7, ``as_toml`` the file. Every choice of the
format is drawn alone: scripts, sizes, kinds of attention, weights, inputs, steps, claims.
Claims hold whatever the numbers are.
"""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Content = dict[str, Any]
Shape = tuple[int, int]

SCRIPTS = {
    "Latin": "cat and mouse are friends keyboard useful naïve Straße œuvre İstanbul don't e-mail",
    "Chinese": "我 爱 中国 猫 老鼠 键盘 苹果 银行 河 茶",
    "Arabic": "القط والفأر صديقان مدينة لوحة مفاتيح",
    "Hindi": "बिल्ली और चूहा दोस्त हैं कीबोर्ड",
    "Thai": "แมว และ หนู เป็น เพื่อน น้ำ",
    "others": "кот мышь друзья ποντίκι γάτα חתול עכבר 고양이 쥐 ネコ ねずみ",
    "emoji": "🐱 🐭 👩\u200d🔬 🇨🇳 ❤\ufe0f 👍🏽",
    "combining marks": "Zoe\u0308 vie\u0302\u0323t a\u0301 q\u0307\u0323",
    "signs": "<BOS> [MASK] </s> C++ C# U.S.",
}
WORDS = ["ice cream", "New York City", *(w for text in SCRIPTS.values() for w in text.split())]
#: What a spreadsheet, XML, TOML or Python might take for something else.
HOSTILE = [
    "=1+1", ">5", "<3", "<>", ">=2", "=", "<=", '"x"', "'x", "x'", "''", "<&>", "&amp;", "]]>",
    "TRUE", "false", "#N/A", "1e5", "007", "-5", "+1", "@x", "50%", "$1", "1/2", "2024-01-01",
    "12:30", "1,5", "A1", "R1C1", "Sheet1!A1", "{=1}", "{}", "{0}", "%s", "&P", "&[Page]", "_x",
    " lead", "trail ", "a  b", "null", "nan", "—", "✓", "\\", "\\n", "\u200b", "a\u00a0b",
    "\u202eabc", "w" * 255, "中" * 255, "😀" * 60,
]  # fmt: skip
IDS = ["animal", "device", "hot", "R", "A1", "TRUE", "x_1", "sum", "e", "Q1", "T", "if"]
NAMES = ["Sum", "SUMPRODUCT", "Rate", "True_1", "exp", "Own_", "Long_" + "n" * 60, "T", "N", "PI"]
SHEETS = ["sums", "计算", "a/b: [c]?*", "it's", "History", "Sums 2", "s" * 60, "😀" * 20, "=1"]
#: Names that attention gives, in lower case.
TAKEN = (
    "mask mask_on masked window positions positions_on divisor position_number embeddings "
    "d_k q k v scores scaled rowmax rowsum exponentials x words words_source x_source inspector "
    "products dot_product concatenated query_part key_part query_rows key_columns attended "
    "vocabulary_words inspected_query inspected_key mixed mixed_row mixture mixture_weights "
    "mixture_shares mixture_values mixture_bars mixture_products mixture_sum mixture_added"
)
STANDARD_STEPS = [
    "Vocabulary", "Embeddings", "Positions", "X", "W", "Q", "K", "V", "d_k", "Scores", "Scaled",
    "Mask", "Masked", "Exponentials", "Attention", "Output_head", "Concatenated", "Output",
    "Inspector", "Mixture", "Hidden", "Loss", "Updated", "Losses",
]  # fmt: skip


def random_lesson(number: int) -> Content:
    """The content of a lesson, as TOML would be read."""
    return _Writer(random.Random(f"lesson {number}")).lesson()


def language_of(number: int) -> str:
    """The language in which a lesson is built; its texts have both."""
    return "zh" if number % 2 else "en"


def as_toml(content: Content) -> str:
    """The content as a lesson file: simple keys first, then a section for each table."""
    simple = {k: v for k, v in content.items() if not _is_section(v)}
    lines = [f"{_key(key)} = {_inline(value)}" for key, value in simple.items()]
    for key, value in content.items():
        if key not in simple:
            for table in value if isinstance(value, list) else [value]:
                lines += ["", f"[[{key}]]" if isinstance(value, list) else f"[{_key(key)}]"]
                lines += [f"{_key(k)} = {_inline(v)}" for k, v in table.items()]
    return "\n".join(lines) + "\n"


def _is_section(value: Any) -> bool:
    return isinstance(value, dict) or bool(
        isinstance(value, list) and value and isinstance(value[0], dict)
    )


def _key(key: str) -> str:
    plain = key.isascii() and key.replace("_", "").isalnum()
    return key if plain else _inline(key)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value).replace("Infinity", "inf").replace("NaN", "nan")


@dataclass
class Formulas:
    """Formulas over the matrices of a lesson, drawn from the whole notation.

    There are three kinds: those whose every cell stands alone, those over whole matrices
    (products, transposes), and joined ones of either. Numbers stay near to 1 on the way, so
    that no engine loses digits in a difference; comparisons are with odd numbers, to which
    no element comes near by design.
    """

    random: random.Random
    shapes: dict[str, Shape] = field(default_factory=dict)
    #: The words of the rows, and the ids of the columns, of matrices that have them.
    words: dict[str, list[str]] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)
    #: Matrices in which a dash may stand, for a word that is absent.
    optional: set[str] = field(default_factory=set)

    def any(self) -> tuple[str, Shape]:
        """A formula, and its shape."""
        rows, columns = self.shapes[self.random.choice(list(self.shapes))]
        shape = self.random.choice(
            [(rows, columns)] * 3 + [(rows, 1), (1, columns), (1, 1), (columns, rows)]
        )
        return self.of(shape), shape

    def of(self, shape: Shape) -> str:
        """A formula of a shape that some matrix has, or a part of one, or its transpose."""
        rows, columns = shape
        kind = self.random.choice(["cells", "cells", "whole", "joined"])
        if kind == "joined" and columns > 1:
            return f"beside({self.cells((rows, 1), 1)}, {self.cells((rows, columns - 1), 1)})"
        if kind == "joined" and rows > 1:
            return f"stack({self.whole((1, columns), 1)}, {self.cells((rows - 1, columns), 1)})"
        return self.whole(shape, 2) if kind == "whole" else self.cells(shape, 2)

    def cells(self, shape: Shape, depth: int) -> str:
        """A formula whose every cell stands alone."""
        if depth <= 0 or not self.fits(shape):
            return self.leaf(shape)
        makers: list[Callable[[Shape, int], str]] = [
            self.line_reduction, self.extremum, self.numbering, self.word_entry
        ]  # fmt: skip
        if self.random.random() < 0.4:
            return self.random.choice(makers)(shape, depth)
        return self.elementwise(shape, depth, self.cells)

    def whole(self, shape: Shape, depth: int) -> str:
        """A formula that takes matrices as a whole."""
        if depth <= 0:
            return self.leaf(shape, whole=True)
        if shape == (1, 1) and self.random.random() < 0.5:
            name = self.random.choice(self.always)
            kind = self.random.choice(["sum", "mean", "max", "min"])
            return f"{kind}(tanh({name}) * 2 - 1)"
        if self.random.random() < 0.6:
            return self.random.choice([self.product, self.transposed])(shape, depth)
        return self.elementwise(shape, depth, self.whole)

    # --- leaves ---

    @property
    def always(self) -> list[str]:
        """The matrices in which no word can be absent."""
        return [name for name in self.shapes if name not in self.optional]

    def fits(self, shape: Shape) -> bool:
        """Whether a matrix is large enough for a part of this shape."""
        return any(r >= shape[0] and c >= shape[1] for r, c in self.shapes.values())

    def leaf(self, shape: Shape, whole: bool = False) -> str:
        """A matrix of the shape, a part of a larger one, or the transpose of either."""
        rows, columns = shape
        names = self.always if whole else list(self.shapes)
        exact = [name for name in names if self.shapes[name] == shape]
        larger = [n for n in names if self.shapes[n][0] >= rows and self.shapes[n][1] >= columns]
        if shape == (1, 1) and self.random.random() < 0.4:
            return self.random.choice(["1", "2.5", "-3", "1e-3", "0.1", "1 / 3"])
        if exact and self.random.random() < 0.6:
            return self.random.choice(exact)
        if larger:
            return self.part(self.random.choice(larger), shape, by_word=not whole)
        turned = [n for n in self.always if self.shapes[n][0] >= columns]
        turned = [n for n in turned if self.shapes[n][1] >= rows]
        return f"{self.part(self.random.choice(turned), (columns, rows), by_word=False)}.T"

    def part(self, name: str, shape: Shape, by_word: bool) -> str:
        """Rows and columns of a matrix, by number, word or id."""
        rows, columns = self.shapes[name]
        top = self.random.randint(0, rows - shape[0])
        left = self.random.randint(0, columns - shape[1])
        words, ids = self.words.get(name), self.ids.get(name)
        column = f"{left}:{left + shape[1]}"
        if shape[1] == 1:
            numbers = [str(left), str(left - columns)]
            column = json.dumps(ids[left]) if ids else self.random.choice(numbers)
        elif shape[1] == columns:
            column = ":"
        if by_word and words and shape[0] == 1 and shape[1] in (1, columns):
            word = json.dumps(self.random.choice(words), ensure_ascii=False)
            return f"{name}[{word}]" if shape[1] == columns else f"{name}[{word}, {column}]"
        row = f"{top}:{top + shape[0]}"
        if shape[0] == 1:
            row = self.random.choice([str(top), str(top - rows)])
        elif shape[0] == rows:
            row = ":"
        return f"{name}[{row}, {column}]"

    # --- operations ---

    def elementwise(self, shape: Shape, depth: int, inner: Callable[[Shape, int], str]) -> str:
        """An operation on each element of formulas of the kind that ``inner`` makes."""
        rows, columns = shape
        one, two = inner(shape, depth - 1), inner(shape, depth - 1)
        other = self.random.choice([shape, (rows, 1), (1, columns), (1, 1)])
        side = inner(other, depth - 1)
        limit = f"{self.random.choice([-1, 1]) * self.random.randint(1, 3)}.12345678901"
        form = self.random.choice(
            [
                *["tanh({one})", "sin({one})", "cos({one})", "abs({one})", "sqrt(abs({one}))"],
                *["ln(abs({one}) + 1)", "exp(-abs({one}))", "exp(tanh({one}))", "(-({one}))"],
                *["tanh({one}) ** 2", "tanh({one}) ** 3"],
                *["({one}) + ({side})", "({one}) - ({side})", "({side}) * ({one})"],
                *["({one}) / (abs({side}) + 1)", "({one}) * 0.1"],
                *["(({one}) < {limit})", "(({one}) >= {limit})", "(({one}) != {limit})"],
                *["(-7.1234567 < ({one}) <= {limit})", "(({one}) > {limit} and ({two}) < {limit})"],
                *["where(({one}) > {limit}, {two}, {one})"] * 2,
            ]
        )
        return form.format(one=one, two=two, side=side, limit=limit)

    def product(self, shape: Shape, depth: int) -> str:
        lefts = [(n, self.shapes[n][1]) for n in self.always if self.shapes[n][0] == shape[0]]
        rights = {self.shapes[n][0]: n for n in self.always if self.shapes[n][1] == shape[1]}
        fitting = [(name, inner) for name, inner in lefts if inner in rights]
        if not fitting:
            return self.elementwise(shape, depth, self.whole)
        name, inner = self.random.choice(fitting)
        return f"({name} @ {rights[inner]} / columns({name}))"

    def transposed(self, shape: Shape, depth: int) -> str:
        return f"({self.whole((shape[1], shape[0]), depth - 1)}).T"

    def line_reduction(self, shape: Shape, depth: int) -> str:
        """The maximum, sum or mean of each row, of each column or of all."""
        kind = self.random.choice(["max", "sum", "mean"])
        if shape == (1, 1):
            return f"{kind}({self.random.choice(list(self.shapes))})"
        axis = 0 if shape[1] == 1 else 1
        fitting = [n for n, known in self.shapes.items() if known[axis] == shape[axis]]
        if 1 not in shape or not fitting:
            return self.extremum(shape, depth)
        return f"{('row', 'column')[axis]}_{kind}({self.random.choice(fitting)})"

    def extremum(self, shape: Shape, depth: int) -> str:
        function = self.random.choice(["max", "min"])
        parts = [self.cells(shape, depth - 1) for _ in range(self.random.randint(2, 3))]
        return f"{function}({', '.join(parts)})"

    def numbering(self, shape: Shape, depth: int) -> str:
        axis = 0 if shape[1] == 1 else 1
        fitting = [n for n, known in self.shapes.items() if known[axis] == shape[axis]]
        if 1 not in shape or not fitting:
            return self.elementwise(shape, depth, self.cells)
        return f"{('row', 'column')[axis]}_numbers({self.random.choice(fitting)})"

    def word_entry(self, shape: Shape, depth: int) -> str:
        """What stands in a word's row and a word's column, spread over the shape."""
        fitting = [n for n in self.words if self.shapes[n][1] == shape[1] and n in self.ids]
        if not fitting:
            return self.elementwise(shape, depth, self.cells)
        row = self.part(self.random.choice(fitting), (1, shape[1]), by_word=True)
        return f"({self.cells(shape, depth - 1)}) * ({row})"


class _Writer:
    """Writes one lesson, part by part."""

    def __init__(self, source: random.Random) -> None:
        self.random = source
        self.content: Content = {"format": 1}
        self.taken: set[str] = set()
        self.formulas = Formulas(source)
        #: What steps can stand beside, next to or after, and columns that lines can show.
        self.beside: dict[str, int] = {}
        self.bands: list[str] = []
        self.columns: dict[int, list[str]] = {}

    # --- small draws ---

    def sometimes(self, share: float = 0.5) -> bool:
        return self.random.random() < share

    def size(self, most: int, usual: int) -> int:
        """Mostly small, now and then as large as it gets."""
        return self.random.choice([1, *[self.random.randint(1, usual)] * 8, most])

    def number(self) -> float:
        kind = self.random.random()
        if kind < 0.1:
            return self.random.choice([0, 1, -1, 2, 0.0, -0.0, 1e-9])
        return round(self.random.gauss(0, 1), self.random.choice([1, 2, 3, 8]))

    def rows(self, rows: int, columns: int, scale: float = 1) -> list[list[float]]:
        return [[self.number() * scale for _ in range(columns)] for _ in range(rows)]

    def sentence(self) -> str:
        words = [self.random.choice(WORDS + HOSTILE[:-3]) for _ in range(self.random.randint(1, 6))]
        said = str(self.random.choice([" ".join(words), "".join(words), words[0]]))
        return said.replace("{", "{{").replace("}", "}}")  # braces, and no live part

    def text(self) -> Any:
        """A text for both languages, or one for each."""
        if self.sometimes(0.6):
            return self.sentence()
        return {"en": self.sentence(), "zh": self.sentence(), "de": "x"}

    def name(self, *candidates: str) -> str:
        """A new name for formulas."""
        name = self.random.choice([*candidates, *NAMES])
        while name.lower() in self.taken or name.lower().startswith("w_"):
            name += self.random.choice(["a", "_", "9_"])
        self.taken.add(name.lower())
        return name

    def labels(self, count: int) -> Any:
        """Labels as a list of texts, or as ids with texts."""
        if self.sometimes():
            return [self.text() for _ in range(count)]
        return {id: self.text() for id in self.ids(count)}

    def ids(self, count: int) -> list[str]:
        fresh = [f"c{number}" for number in range(1, count + 1)]
        return [*self.random.sample(IDS, min(count, len(IDS))), *fresh][:count]

    def maybe(self, content: Content, key: str, value: Any, share: float = 0.4) -> None:
        if self.sometimes(share):
            content[key] = value

    # --- the lesson ---

    def lesson(self) -> Content:
        self.content["title"] = self.text()
        self.maybe(self.content, "subtitle", self.text())
        self.maybe(self.content, "summary", self.text())
        kind = self.random.choices(["words", "inputs", "none", "training"], [75, 8, 7, 10])[0]
        if kind == "words":
            self.attention_over_words()
        elif kind == "training":
            self.training()
        elif kind == "inputs":
            self.attention_over_inputs()
        elif self.sometimes():
            self.vocabulary(self.size(24, 4), self.size(60, 8))
        self.own_inputs()
        self.own_words()
        self.own_steps()
        self.notes()
        self.claims()
        return self.content

    def vocabulary(self, dimensions: int, count: int) -> None:
        pool: dict[str, str] = {}
        for word in self.random.sample(WORDS + HOSTILE, len(WORDS + HOSTILE)):
            if not set("*?~") & set(word):
                pool.setdefault(unicodedata.normalize("NFKC", word).casefold().strip(), word)
        words = list(pool.values())[:count]
        ids = self.ids(dimensions)
        self.content["vocabulary"] = {
            "columns": {id: self.text() for id in ids},
            "words": {word: self.rows(1, dimensions)[0] for word in words},
        }
        self.maybe(self.content, "focus", self.random.choice(words), 0.5)
        self.words, self.dimensions = words, dimensions
        self.know("Vocabulary", (len(words), dimensions), words, ids)
        self.bands.append("Vocabulary")

    def know(
        self, name: str, shape: Shape, words: Sequence[str] = (), ids: Sequence[str] = (),
        formula: str = "",
    ) -> None:  # fmt: skip
        """Formulas may use a matrix from now on; a step, with its own formula."""
        known = self.formulas.optional
        if '["' in formula or any(word in known for word in re.findall(r"\w+", formula)):
            known.add(name)
        self.taken.add(name.lower())
        self.formulas.shapes[name] = shape
        if words:
            self.formulas.words[name] = list(words)
        if ids:
            self.formulas.ids[name] = list(ids)

    # --- attention ---

    def contexts(self, most: int, dimensions: int) -> list[Content]:
        contexts: list[Content] = []
        ids = self.random.sample(["one", "two", "A1", "R", "x_9", "_"[:0] + "Z_z", "TRUE"], 4)
        for index in range(self.random.choice([1, 1, 2, 2, 3, 4])):
            context: Content = {"id": ids[index]}
            if contexts and self.sometimes(0.2):
                context["shares"] = self.random.choice(contexts)["id"]
            else:
                context["words"] = self.random.choices(self.words, k=self.size(most, 6))
                if self.sometimes(0.2):
                    context["keys"] = self.random.choices(self.words, k=self.size(most, 6))
            self.maybe(context, "title", self.text())
            contexts.append(context)
        return contexts

    def attention_over_words(self) -> None:
        self.vocabulary(self.size(24, 6), self.size(60, 12))
        contexts = self.contexts(40, self.dimensions)
        self.content["contexts"] = contexts
        attention: Content = {}
        self.maybe(attention, "scores", self.random.choice(["dot", "scaled-dot", "additive"]), 0.7)
        for context in contexts:
            choices = ["dot", "scaled-dot", "additive"]
            self.maybe(context, "scores", self.random.choice(choices), 0.2)
        self.masks(attention, contexts)
        self.common_choices(attention)
        self.maybe(attention, "positions", self.random.choice(["off", "none", "sinusoidal"]))
        self.content["attention"] = attention
        heads = self.random.choice([1, 1, 1, 2, 3, 4])
        if heads > 1:
            attention["heads"] = heads
        widths = self.projections(attention, heads)
        self.additive_weights(attention, contexts, heads, widths)
        self.maybe(attention, "intersection", True, 0.2)
        if widths["Q"] == widths["K"]:
            query, key = self.random.choice(self.words), self.random.choice(self.words)
            self.maybe(attention, "inspector", {"query": query, "key": key}, 0.3)
        self.maybe(attention, "mixture", self.random.choice(self.words), 0.3)
        self.weight_columns()
        self.know_attention(contexts, attention, heads, widths["out"])

    def masks(self, attention: Content, contexts: list[Content]) -> None:
        kinds = ["off", "off", "none", "causal", "window"]
        attention["mask"] = self.random.choice(kinds)
        attention["window"] = self.random.choice([1, 2, 3, 50])
        if attention["mask"] == "window":
            spare = max(
                len(c.get("words", ())) - len(c.get("keys") or c.get("words", ())) for c in contexts
            )
            attention["window"] = max(attention["window"], spare)
        if self.sometimes(0.3) and attention["mask"] != "window":
            del attention["window"]
        if attention["mask"] == "off":
            self.maybe(attention, "mask", "off")

    def common_choices(self, attention: Content) -> None:
        self.maybe(attention, "temperature", self.random.choice([0.5, 1, 2, 0.037, 10]))
        self.maybe(attention, "decimals", self.random.randint(0, 12))
        self.maybe(attention, "sheet", self.random.choice(SHEETS), 0.1)

    def projections(self, attention: Content, heads: int) -> dict[str, int]:
        """Weights, common or of each head, or formulas; the widths of a head's Q, K, V."""
        d = self.dimensions
        share = {"QK": self.random.randint(1, 4), "V": self.random.randint(1, 4)}
        weights: Content = {}
        widths: dict[str, int] = {}
        kinds = {
            "QK": self.random.choice(["none", "common", "common", "formula", "heads"]),
            "V": self.random.choice(["none", "common", "common", "formula", "heads"]),
        }
        for letter in "QKV":
            pair = "V" if letter == "V" else "QK"
            kind, width = kinds[pair], share[pair]
            if (kind == "none" and d % heads) or (kind == "heads" and heads == 1):
                kind = "common"
            if kind == "none":
                width = d // heads
            elif kind == "heads":
                for head in range(1, heads + 1):
                    weights[f"W_{letter}_head{head}"] = self.rows(d, width, 0.5)
            else:
                weights[f"W_{letter}"] = self.rows(d, width * heads, 0.5)
            if kind == "formula":
                form = self.random.choice(
                    ["{} @ {}", "tanh({} @ {})", "({} - 1) @ {}", "{} @ {} * 0.5", "{} @ {} + 1"]
                )
                self.place_formula(attention, letter, form)
            widths[letter] = width
        widths["out"] = widths["V"] * heads
        if heads > 1 and self.sometimes():
            out = self.random.choice([d, self.random.randint(1, 6)])
            weights["W_O"] = self.rows(widths["out"], out, 0.5)
            widths["out"] = out
        if heads == 1 and self.sometimes(0.15):
            out = self.random.randint(1, 6)
            weights["W_out"] = self.rows(widths["out"], out, 0.5)
            widths["out"] = out
        if weights:
            self.content["weights"] = weights
        self.taken |= {name.lower() for name in weights}
        return widths

    def place_formula(self, attention: Content, letter: str, form: str) -> None:
        """For the whole lesson where that can be, or for every context alone."""
        contexts = self.content["contexts"]
        sources = ["X_source" if letter != "Q" and self.keys(c) else "X" for c in contexts]
        if len(set(sources)) == 1 and self.sometimes(0.7):
            attention[letter] = form.format(sources[0], f"W_{letter}")
            return
        for context, source in zip(contexts, sources, strict=True):
            context[letter] = form.format(source, f"W_{letter}")

    def root(self, context: Content) -> Content:
        """The context that has the words of this one."""
        while "shares" in context:
            context = next(c for c in self.content["contexts"] if c["id"] == context["shares"])
        return context

    def keys(self, context: Content) -> list[str] | None:
        return self.root(context).get("keys")

    def additive_weights(
        self, attention: Content, contexts: list[Content], heads: int, widths: dict[str, int]
    ) -> None:
        usual = attention.get("scores", "scaled-dot")
        if "additive" not in {context.get("scores") or usual for context in contexts}:
            return
        units = self.size(8, 3)
        tails = [f"_head{h}" for h in range(1, heads + 1)] if heads > 1 else [""]
        tails = tails if self.sometimes() else [""]
        weights = self.content.setdefault("weights", {})
        for tail in tails:
            weights[f"W_query{tail}"] = self.rows(widths["Q"], units)
            weights[f"W_key{tail}"] = self.rows(widths["K"], units)
            weights[f"W_score{tail}"] = self.rows(units, 1)

    def weight_columns(self) -> None:
        named = {
            name: self.labels(len(rows[0]))
            for name, rows in self.content.get("weights", {}).items()
            if self.sometimes(0.2)
        }
        if named:
            self.content["weight_columns"] = named

    def know_attention(
        self, contexts: list[Content], attention: Content, heads: int, out: int
    ) -> None:
        """The names that steps may use, and the bands that they may follow."""
        for context in contexts:
            tail = "" if len(contexts) == 1 else f"_{context['id']}"
            own = self.root(context)
            words, keys = own["words"], own.get("keys") or own["words"]
            if "shares" not in context:
                ids = list(self.content["vocabulary"]["columns"])
                self.know(f"X{tail}", (len(words), self.dimensions), words, ids)
            parts = [f"_head{h}{tail}" for h in range(1, heads + 1)] if heads > 1 else [tail]
            for part in parts:
                square = (len(words), len(keys))
                for name in ("Scores", "Attention"):
                    self.know(f"{name}{part}", square, words)
                self.know(f"Attention_sum{part}", (len(words), 1), words)
            self.know(f"Output{tail}", (len(words), out), words)
            self.beside[f"Output{tail}"] = len(words)
        for name, rows in self.content.get("weights", {}).items():
            self.know(name, (len(rows), len(rows[0])))
        self.know("Temperature", (1, 1))
        self.bands += ["Output", "X"]
        self.taken |= set(TAKEN.split())
        self.sums = [name for name in self.formulas.shapes if name.startswith("Attention_sum")]

    def attention_over_inputs(self) -> None:
        """Queries and keys that are typed or drawn in place of words."""
        width, queries, keys = self.size(24, 5), self.size(60, 8), self.size(30, 5)
        inputs = []
        for name, rows in (("Queries", queries), ("Keys", keys)):
            one: Content = {"name": name}
            if self.sometimes():
                seed = self.random.randint(0, 2**32 - 1)
                one["sample"] = {"rows": rows, "columns": width, "seed": seed}
            else:
                one["values"] = self.rows(rows, width)
            one["title"] = self.text()
            self.maybe(one, "rows", self.labels(rows))
            if rows * width == 1:
                one.setdefault("rows", ["one"])
            inputs.append(one)
            self.know(name, (rows, width))
        self.content["inputs"] = inputs
        context = {"id": "draw", "Q": "Queries", "K": "Keys * 0.5", "V": "Keys"}
        if self.sometimes(0.3):
            context["V"] = "Keys - column_mean(Keys)"
        self.content["contexts"] = [context]
        attention: Content = {"scores": self.random.choice(["dot", "scaled-dot"])}
        self.maybe(attention, "mask", self.random.choice(["none", "causal"]))
        self.common_choices(attention)
        self.content["attention"] = attention
        self.know("Attention", (queries, keys))
        self.know("Output", (queries, width))
        self.know("Attention_sum", (queries, 1))
        self.know("Temperature", (1, 1))
        self.taken |= set(TAKEN.split())
        self.beside["Output"] = queries
        self.bands.append("Output")
        self.sums = ["Attention_sum"]

    def training(self) -> None:
        """Weights that are learned over a few epochs."""
        d = self.random.randint(1, 4)
        self.vocabulary(d, self.random.randint(1, 8))
        contexts = self.contexts(5, d)[:2]
        for context in contexts:
            if context.pop("shares", ""):
                context["words"] = self.random.choices(self.words, k=3)
        self.content["contexts"] = contexts
        attention: Content = {"scores": self.random.choice(["dot", "scaled-dot"])}
        self.masks(attention, contexts)
        self.maybe(attention, "positions", self.random.choice(["none", "sinusoidal"]))
        self.maybe(attention, "decimals", self.random.randint(0, 12))
        self.content["attention"] = attention
        inner, out = self.random.randint(1, 4), self.random.randint(1, 3)
        weights: Content = {}
        if self.sometimes(0.7):
            weights |= {"W_Q": self.rows(d, inner, 0.5), "W_K": self.rows(d, inner, 0.5)}
        if self.sometimes() or not weights:
            weights["W_V"] = self.rows(d, d, 0.5)
        elif self.sometimes():
            weights |= {"W_V": self.rows(d, out, 0.5), "W_out": self.rows(out, d, 0.5)}
        self.content["weights"] = weights
        optimiser = self.random.choice(["gradient-descent", "momentum", "adam"])
        training: Content = {"epochs": self.random.randint(2, 4), "optimiser": optimiser}
        self.maybe(training, "learning_rate", self.random.choice([0, 0.01, 0.3]))
        self.maybe(training, "momentum", self.random.choice([0, 0.5]))
        self.maybe(training, "beta1", self.random.choice([0, 0.8]))
        self.maybe(training, "decimals", self.random.randint(0, 12))
        self.maybe(training, "sheet", "all epochs")
        self.content["training"] = training
        self.know_attention(contexts, attention, 1, d)
        self.know("Loss", (1, 1))
        self.taken |= {f"d{name}" for name in self.taken} | {f"{n}_epoch1" for n in self.taken}
        self.bands, self.beside = ["Vocabulary"], {}

    # --- what is the lesson's own ---

    def own_inputs(self) -> None:
        inputs = self.content.get("inputs", [])
        earlier = [i["name"] for i in inputs if not i.get("sheet")]
        for _ in range(self.random.choice([0, 0, 1, 2, 3])):
            one: Content = {"name": self.name("Rate", "Table", "Own")}
            if self.sometimes():
                one["values"] = [[self.number()]]
                if self.sometimes():
                    values = [one["values"][0][0], 2, 0.5]
                    one["choices"] = [v for i, v in enumerate(values) if v not in values[:i]]
                shape = (1, 1)
            else:
                shape = (self.size(30, 4), self.size(24, 4))
                if shape == (1, 1) or self.sometimes(0.3):
                    one["sample"] = {"rows": shape[0], "columns": shape[1], "seed": 7}
                    self.maybe(one, "rows", self.labels(shape[0]), shape == (1, 1))
                else:
                    one["values"] = self.rows(*shape)
                    self.maybe(one, "rows", self.labels(shape[0]))
                    self.maybe(one, "columns", self.labels(shape[1]))
                if shape != (1, 1):
                    self.place_input(one, earlier)
            self.maybe(one, "title", self.text())
            self.maybe(one, "note", self.text())
            self.maybe(one, "decimals", self.random.randint(0, 12))
            ids = one.get("columns")
            self.know(one["name"], shape, ids=list(ids) if isinstance(ids, dict) else ())
            inputs.append(one)
        if inputs:
            self.content["inputs"] = inputs

    def place_input(self, one: Content, earlier: list[str]) -> None:
        where = self.random.choice(["", "", "next_to", "after", "sheet"])
        if where == "next_to" and earlier:
            one["next_to"] = self.random.choice(earlier)
        elif where == "after" and self.bands:
            one["after"] = self.random.choice(self.bands)
        elif where == "sheet":
            one["sheet"] = self.random.choice(SHEETS)
            if self.sometimes():
                self.content.setdefault("sheets", {})[one["sheet"]] = self.text()
        else:
            earlier.append(one["name"])
            self.bands.append(one["name"])

    def own_words(self) -> None:
        made = []
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            pool = self.words if "vocabulary" in self.content else ["apple", "=1+1", "1e5"]
            word = self.random.choice(pool)
            made.append({"name": self.name("Asked"), "word": word, "title": self.text()})
        if made:
            self.content["words"] = made

    def own_steps(self) -> None:
        steps: list[Content] = []
        if "vocabulary" in self.content and self.content.get("words") and self.sometimes():
            steps.append(self.found_step())
        for _ in range(self.random.choice([0, 1, 2, 3, 4, 6])):
            if self.formulas.shapes:
                kinds = [self.plain_step, self.plain_step, self.table_step, self.text_step]
                kinds += [self.column_step, self.recurrent_step]
                step = self.random.choice(kinds)()
                if step is not None:
                    steps.append(step)
        if steps:
            self.content["steps"] = steps

    def found_step(self) -> Content:
        """What a dictionary holds for a word of the settings."""
        asked = self.random.choice(self.content["words"])["name"]
        function = self.random.choice(["find", "lookup"])
        formula = f"{function}({asked}, Vocabulary_words, Vocabulary)"
        return {"name": self.name("Found"), "formula": formula, "title": self.text()}

    def texts_of(self, step: Content) -> None:
        self.maybe(step, "title", self.text(), 0.8)
        for key in ("note", "mathematics", "caption"):
            self.maybe(step, key, self.text(), 0.25)
        self.maybe(step, "decimals", self.random.randint(0, 12))
        self.maybe(step, "heat", True)
        self.maybe(step, "signed", True, 0.2)

    def place_step(self, step: Content, rows: int) -> None:
        """A band of its own, or a place near another."""
        own = [name for name in self.bands if name in self.beside]
        where = self.random.choice(["", "", "next_to", "after", "sheet"])
        if where == "next_to" and own:
            step["next_to"] = self.random.choice(own)
        elif where == "after" and self.bands:
            step["after"] = self.random.choice(self.bands)
        elif where == "sheet":
            step["sheet"] = self.random.choice(SHEETS)
        else:
            self.bands.append(step["name"])
        if where in ("", "after", "sheet"):
            self.beside[step["name"]] = rows

    def plain_step(self) -> Content:
        formula, (rows, columns) = self.formulas.any()
        step: Content = {"name": self.name("Own", "Step"), "formula": formula}
        self.texts_of(step)
        self.maybe(step, "row_labels", self.labels(rows), 0.3)
        self.maybe(step, "columns", self.labels(columns), 0.5)
        self.place_step(step, rows)
        ids = step.get("columns")
        if ids and rows <= 40 and "next_to" not in step and self.sometimes():
            self.bar_chart(step, list(ids) if isinstance(ids, dict) else [])
        named = list(ids) if isinstance(ids, dict) else []
        self.know(step["name"], (rows, columns), ids=named, formula=formula)
        return step

    def bar_chart(self, step: Content, ids: list[str]) -> None:
        chart = {"title": self.sentence(), "alternative": self.text()}
        if ids and self.sometimes():
            first = self.random.randrange(len(ids))
            chart["columns"] = ids[first : self.random.randint(first, len(ids)) + 1]
        self.maybe(chart, "kind", "bar")
        step["chart"] = chart

    def table_step(self) -> Content:
        """A table of rows, each with a name of its own."""
        name = self.random.choice(list(self.formulas.shapes))
        width = self.formulas.shapes[name][1]
        rows = [
            {
                "name": self.name("Row"),
                "formula": self.formulas.cells((1, width), 1),
                "label": self.text(),
            }
            for _ in range(self.random.randint(1, 4))
        ]
        step: Content = {"name": self.name("Rows_of"), "rows": rows}
        if self.sometimes():
            step["columns"] = {id: self.text() for id in self.ids(width)}
            if self.sometimes():
                self.bar_chart(step, list(step["columns"]))
        self.texts_of(step)
        self.bands.append(step["name"])
        self.beside[step["name"]] = len(rows)
        for row in rows:
            self.know(row["name"], (1, width), formula=row["formula"])
        formulas = " ".join(row["formula"] for row in rows)
        self.know(
            step["name"], (len(rows), width), ids=list(step.get("columns", ())), formula=formulas
        )
        return step

    def column_step(self) -> Content | None:
        """A column at the right of an earlier step, now and then with a chart of lines."""
        if not self.beside:
            return None
        host = self.random.choice(list(self.beside))
        rows = self.beside[host]
        step: Content = {"name": self.name("Beside"), "beside": host}
        step["formula"] = self.formulas.cells((rows, 1), 1)
        self.maybe(step, "title", self.text(), 0.8)
        self.maybe(step, "decimals", self.random.randint(0, 12))
        self.maybe(step, "signed", True)
        self.know(step["name"], (rows, 1), formula=step["formula"])
        drawn = self.columns.setdefault(rows, [])
        drawn.append(step["name"])
        if len(drawn) > 1 and self.sometimes(0.8) and not host.startswith("Output"):
            kind = self.random.choice(["line", "log"])
            chart = {"kind": kind, "title": self.text(), "alternative": self.text()}
            step["chart"] = {**chart, "x": drawn[0], "series": drawn[1:]}
        return step

    def text_step(self) -> Content | None:
        """Labels as texts."""
        labelled = [n for n in self.formulas.ids if n == "Vocabulary" or n.startswith("X")]
        if not labelled:
            return None
        name = self.random.choice(labelled)
        formula = self.random.choice([f"largest_label({name})", f"column_labels({name})"])
        step: Content = {"name": self.name("Labels"), "formula": formula, "title": self.text()}
        return step

    def recurrent_step(self) -> Content | None:
        """The states of a recurrent cell over a sentence."""
        sentences = [n for n in self.formulas.shapes if n.startswith("X")]
        if not sentences or "inputs" not in self.content:
            return None
        rows, columns = self.formulas.shapes[sentences[0]]
        inputs = self.content["inputs"]
        states = self.random.randint(1, 3)
        W, U = self.name("Back"), self.name("In")
        inputs.append({"name": W, "values": self.rows(states, states), "rows": ["s"] * states})
        inputs.append({"name": U, "values": self.rows(columns, states), "columns": ["s"] * states})
        step: Content = {"name": self.name("States"), "title": self.text()}
        step["formula"] = f"recurrent({sentences[0]}, {W}, {U})"
        self.know(step["name"], (rows, states))
        return step

    def notes(self) -> None:
        if "attention" in self.content and self.sometimes():
            chosen = self.random.sample(STANDARD_STEPS, 3)
            self.content["notes"] = {name: {"title": self.text()} for name in chosen[:2]}
            self.content["notes"][chosen[2]] = {"note": self.text()}

    # --- claims ---

    def claims(self) -> None:
        claims: list[Content] = []
        for maker in (self.sums_claim, self.ordered_claim, self.what_if_claim, self.words_claim):
            claim = maker() if self.sometimes() else None
            if claim is not None:
                claims.append({"name": f"claim{len(claims)}", "text": self.text(), **claim})
        if claims:
            self.content["claims"] = claims

    def sums_claim(self) -> Content | None:
        """Weights add up to 1."""
        if "attention" not in self.content:
            return None
        holds = f"max(abs({self.random.choice(self.sums)} - 1)) <= 1e-9"
        claim: Content = {"holds": holds}
        self.maybe(claim, "when", "Temperature < 1")
        return claim

    def ordered_claim(self) -> Content | None:
        """No matrix is larger than its maximum."""
        if not self.formulas.shapes:
            return None
        name = self.random.choice(list(self.formulas.shapes))
        return {"holds": f"min({name}) <= mean({name}) + 1e-9 and max({name}) >= min({name})"}

    def what_if_claim(self) -> Content | None:
        """A change that leaves something as it was."""
        if "attention" not in self.content:
            return None
        change: Content = {"Temperature": self.random.choice([0.5, 3])}
        output = next(n for n in self.formulas.shapes if n.startswith("Output"))
        if "vocabulary" in self.content and self.sometimes():
            word = json.dumps(self.random.choice(self.words), ensure_ascii=False)
            change = {f"Vocabulary[{word}]": [self.number() for _ in range(self.dimensions)]}
        if "mask" in self.content["attention"] and self.content["attention"]["mask"] != "off":
            change["Mask_on"] = self.random.choice([0, 1])
        then = f'max(abs({self.sums[0]} - 1)) <= 1e-9 and abs(before("{output}")[0, 0]) >= 0'
        return {"change": change, "then": then, "how": self.text()}

    def words_claim(self) -> Content | None:
        """A word that is replaced by another."""
        contexts = self.content.get("contexts", [])
        if "vocabulary" not in self.content or not contexts:
            return None
        tail = "" if len(contexts) == 1 else f"_{contexts[0]['id']}"
        new = self.random.choice(self.words)
        then = f"max(abs({self.sums[0]} - 1)) <= 1e-9"
        return {"change": {f"Words{tail}[0]": new}, "then": then}
