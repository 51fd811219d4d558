"""What every story has: named nodes, bands, settings, a lesson's own inputs, steps, claims."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from xlsxattn import lesson as files
from xlsxattn import notation
from xlsxattn.builder import Builder
from xlsxattn.errors import LessonError, NotationError, within
from xlsxattn.expression import (
    Entry,
    Input,
    Lookup,
    Matrix,
    Number,
    Text,
    Texts,
    WordList,
    Words,
    is_plain,
    postorder,
)
from xlsxattn.lesson import LabelTexts, Lesson, LocalText, text
from xlsxattn.outline import (
    Band,
    Block,
    Lane,
    Setting,
)

#: Settings that are fractions as a rule, and show decimals even while they are whole.
FRACTIONS = ("Temperature",)


class Story(Builder):
    """A lesson, told to the builder in reading order."""

    def __init__(self, lesson: Lesson, language: str) -> None:
        super().__init__(language, lesson.form)
        self.lesson = lesson
        self.largest = math.inf  # of the results that are shown
        self.noted: set[str] = set()
        self.told: dict[str, list[Band]] = {}  # the bands of the lesson's own inputs and steps
        self.titles: dict[Matrix, str] = {}  # of typed words that stand where a step shows them
        self.vocabulary: Input | None = None
        self.vocabulary_words: Words | None = None
        self.plain_numbers = {name: Number(one.value) for name, one in lesson.numbers.items()}

    # --- small helpers ---

    def sheet_name(self, name: str) -> str:
        """What the page calls a sheet of its own."""
        return self.text(self.lesson.sheets.get(name, name))

    def text(self, content: LocalText) -> str:
        return text(content, self.language)

    def fixed(self, of: LabelTexts) -> Texts | None:
        """Labels of a lesson file, in the language of the page."""
        if isinstance(of, dict):
            shown = []
            for key, value in of.items():
                try:
                    shown.append(self.text(value))
                except LessonError as error:
                    raise LessonError(f"label {key}: {error}") from None
            return Texts(tuple(of), tuple(shown))
        ids = tuple(v if isinstance(v, str) else next(iter(v.values()), "") for v in of)
        return Texts(ids, tuple(self.text(value) for value in of)) if of else None

    def heading(self, key: str, standard: str = "") -> tuple[str, str]:
        """Title and sentence of a standard step, the lesson's own where it has them."""
        usual = self.texts["steps"].get(standard or key, {"title": key, "note": ""})
        self.noted |= {key, standard}
        own = self.lesson.notes.get(key) or self.lesson.notes.get(standard) or files.Note()
        return self.text(own.title) or usual["title"], self.text(own.note) or usual["note"]

    def band(
        self,
        key: str,
        mathematics: str,
        lanes: list[Lane],
        tone: str = "neutral",
        *,
        standard: str = "",
        tail: str = "",
        sheet: str = "",
    ) -> Band:
        """Add the band of a standard step."""
        title, note = self.heading(key, standard)
        band = Band(key, title + tail, note, mathematics, lanes, tone, sheet=sheet)
        self.bands.append(band)
        return band

    @staticmethod
    def beside(node: Matrix, header: str, **options: Any) -> Block:
        """A column attached at the right of the block before it."""
        return Block(node, (), (header,) if header else (), attached=True, **options)

    def resolver(self, suffix: str = "") -> Callable[[str], Matrix | None]:
        """Finds a name, a context's own before one that all contexts share."""
        return lambda name: (
            self.nodes.get(name + suffix)
            or self.nodes.get(name)
            or self.of_last_epoch(name)
            or self.plain_numbers.get(name)
        )

    def plain(self, formula: str, place: str) -> int:
        """The whole number that a formula of plain numbers gives."""
        node = self.read(formula, place)
        if node.shape != (1, 1) or not is_plain(node) or node.value[0, 0] % 1:
            raise LessonError(f"{place}: expected a whole number, got {formula!r}")
        return int(node.value[0, 0])

    def of_last_epoch(self, name: str) -> Matrix | None:
        """The step that notation calls ``Attention_last``, whatever the number of epochs."""
        if self.lesson.training is None or not name.endswith("_last"):
            return None
        return self.nodes.get(f"{name.removesuffix('_last')}_epoch{self.lesson.training.epochs}")

    def read(self, formula: str, place: str, suffix: str = "") -> Matrix:
        with within(place):
            expression = notation.read(formula, self.resolver(suffix), known=self.nodes)
            self.check_words(expression, formula)
            return expression

    def check_words(self, expression: Matrix, formula: str) -> None:
        """A spreadsheet takes Cat for cat and * for anything: so the words must be exact."""
        known = (
            {word.lower(): word for word in self.lesson.vocabulary.words}
            if (self.lesson.vocabulary)
            else {}
        )
        written = [expression, *postorder(*expression.operands, until=lambda n: n.placed)]
        sought = [node.text for node in written if isinstance(node, Text)]
        for node in written:
            pairs: list[tuple[str, WordList]] = []
            if isinstance(node, Entry):
                pairs = node.words_sought()
            elif isinstance(node, Lookup) and isinstance(node.words, Text):
                pairs = [(node.words.text, node.keys)]
            for word, listed in pairs:
                sought.append(word)
                among = (listed.choices or listed).words
                if word not in among and word.lower() not in known:
                    raise NotationError(
                        f"{formula!r}: expected one of {', '.join(among[:20])}, got {word!r}"
                    )
        for word in sought:
            if known.get(word.lower(), word) != word:
                raise NotationError(f"{formula!r}: expected {known[word.lower()]!r}, got {word!r}")
            if re.search(r"[*?~]", word):
                raise NotationError(f"{formula!r}: expected a word without * ? ~, got {word!r}")

    def title_of(self, words: Words) -> str:
        return self.titles.get(words, words.name)

    # --- inputs ---

    def setting(
        self, name: str, value: float, choices: Iterable[float] = (), tail: str = "",
        whose: str = "",
    ) -> Setting:  # fmt: skip
        """A named scalar with its usual label; who makes it says where it stands.

        ``tail`` and ``whose`` tell it from others of its kind, in its name and its label.
        """
        limits, whole = files.LIMITS.get(name), name in files.WHOLE
        node = Input(name + tail, [[value]], choices=tuple(choices), limits=limits, whole=whole)
        self.keep(node)
        shown = setting_decimals(value, name in FRACTIONS)
        return Setting(node, self.texts["settings"][name] + whose, shown)

    def add_setting(self, name: str, value: float, choices: Iterable[float] = ()) -> Matrix:
        """A setting among those of the page."""
        setting = self.setting(name, value, choices)
        self.settings.append(setting)
        return setting.node

    def earlier(self, name: str, place: str) -> Matrix | None:
        """The earlier step or input of a name, which has a place; None for no name."""
        if not name:
            return None
        node = self.nodes.get(name)
        if node is None or self.spot(node) is None:
            raise LessonError(
                f"{place}: expected the name of an earlier step or input, got {name!r}"
            )
        return node

    @contextmanager
    def telling(self, name: str) -> Iterator[None]:
        """Remember which bands are told under a name, to move them together."""
        before = len(self.bands)
        yield
        self.told[name] = self.bands[before:]


def setting_decimals(value: float, fraction: bool = False) -> int:
    """None of them for a whole number, two for most, as many as it takes for a small one.

    A ``fraction`` has decimals while it is whole too.
    """
    if float(value).is_integer() and not fraction:
        return 0
    return next((d for d in range(2, 8) if round(value, d) == value), 2)
