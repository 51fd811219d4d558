"""What every story has: named nodes, bands, settings, a lesson's own inputs, steps, claims."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from xlsxattn import lesson as files
from xlsxattn import notation
from xlsxattn.a1 import why_illegal
from xlsxattn.builder import Builder, Look
from xlsxattn.builder.cutting import Manner
from xlsxattn.errors import LessonError, NotationError, within
from xlsxattn.expression import (
    Entry,
    Input,
    Joined,
    Lookup,
    Matrix,
    Step,
    Text,
    Texts,
    Words,
    postorder,
)
from xlsxattn.lesson import LabelTexts, Lesson, LocalText, text
from xlsxattn.outline import (
    Band,
    Block,
    Claim,
    Lane,
    Outline,
    Setting,
)
from xlsxattn.what_if import changed_cells

#: Settings that are fractions as a rule, and show decimals even while they are whole.
FRACTIONS = ("Temperature", "t")


class Story(Builder):
    """A lesson, told to the builder in reading order."""

    def __init__(self, lesson: Lesson, language: str) -> None:
        super().__init__(language)
        self.lesson = lesson
        self.largest = math.inf  # of the results that are shown
        self.noted: set[str] = set()
        self.told: dict[str, list[Band]] = {}  # the bands of the lesson's own inputs and steps
        self.vocabulary: Input | None = None
        self.vocabulary_words: Words | None = None

    def add_inputs(self) -> None:
        """What is typed: words, the vocabulary, matrices, weights."""
        for word in self.lesson.words:
            self.add_word(word)
        if self.lesson.vocabulary is not None:
            self.add_vocabulary(self.lesson.vocabulary)
        for matrix in self.lesson.inputs:
            self.add_input(matrix)
        self.add_weights()

    def add_steps(self) -> None:
        """The lesson's own steps, their charts, and every band in its place."""
        for step in self.lesson.steps:
            with within(f"steps.{step.name}"):
                self.tell_step(step)
        self.add_charts()
        self.order_bands()

    def finished(self) -> Outline:
        """The whole story, with its claims; LessonError where a part is left over."""
        for claim in self.lesson.claims:
            with within(f"claims.{claim.name}"):
                self.tell_claim(claim)
        self.check_names()
        self.check_all_used()
        for band in self.bands:
            band.sheet = self.sheet_name(band.sheet)
        self.plans = {self.sheet_name(name): plan for name, plan in self.plans.items()}
        return self.outline(
            self.text(self.lesson.title), self.text(self.lesson.subtitle),
            lesson=self.lesson, focus=self.lesson.focus, form=self.lesson.form,
            largest=self.largest,
        )  # fmt: skip

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
            self.nodes.get(name + suffix) or self.nodes.get(name) or self.of_last_epoch(name)
        )

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
            pairs: list[tuple[str, Words]] = []
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

    def band_of(self, name: str, place: str = "") -> tuple[Band, Lane]:
        """The band and the lane in which a named node stands; ``place`` is who asks."""
        for band in self.bands:
            for lane in band.lanes:
                if any(isinstance(block, Block) and block.node.name == name for block in lane):
                    return band, lane
        raise LessonError(f"{place}: expected the name of an earlier step or input, got {name!r}")

    # --- inputs ---

    def setting(self, name: str, value: float, choices: Iterable[float] = ()) -> Setting:
        """A named scalar with its usual label; who makes it says where it stands."""
        limits, whole = files.LIMITS.get(name), name in files.WHOLE
        node = Input(name, [[value]], choices=tuple(choices), limits=limits, whole=whole)
        self.keep(node)
        return Setting(node, self.texts["settings"][name], setting_decimals(name, value))

    def add_setting(self, name: str, value: float, choices: Iterable[float] = ()) -> Matrix:
        """A setting among those of the page."""
        setting = self.setting(name, value, choices)
        self.settings.append(setting)
        return setting.node

    def add_word(self, word: files.Word) -> None:
        node = Words(word.name, [word.word])
        self.keep(node)
        self.settings.append(Setting(node, self.text(word.title)))

    def add_vocabulary(self, vocabulary: files.Vocabulary) -> None:
        self.vocabulary_words = Words("Vocabulary_words", tuple(vocabulary.words))
        values = list(vocabulary.words.values())
        columns = self.fixed(vocabulary.columns)
        self.vocabulary = Input("Vocabulary", values, self.vocabulary_words, columns)
        self.keep(self.vocabulary_words)
        self.keep(self.vocabulary)
        self.band("Vocabulary", "", [[self.block(self.vocabulary)]])

    def add_input(self, matrix: files.Matrix) -> None:
        node = Input(
            matrix.name,
            matrix.values or _drawn(matrix.sample),
            self.fixed(matrix.rows),
            self.fixed(matrix.columns),
            tuple(matrix.choices),
            (matrix.limits[0], matrix.limits[1]) if matrix.limits else None,
        )
        title = self.text(matrix.title) or matrix.name
        if node.shape == (1, 1) and not matrix.rows and not matrix.columns:
            self.keep(node)
            shown = setting_decimals(matrix.name, float(node.value[0, 0]))
            self.settings.append(Setting(node, title, shown))
            return
        place = f"inputs.{matrix.name}"
        look = Look(
            title=title, note=self.text(matrix.note), written=matrix.name,
            decimals=matrix.decimals, sheet=matrix.sheet,
            next_to=self.earlier(matrix.next_to, f"{place}.next_to"),
        )  # fmt: skip
        with self.telling(matrix.name):
            self.add_block(node, look)

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

    def add_weights(self) -> None:
        meanings = self.fixed(self.lesson.vocabulary.columns) if self.lesson.vocabulary else None
        for name, values in self.lesson.weights.items():
            columns = self.fixed(self.lesson.weight_columns.get(name, []))
            rows = None
            if meanings is not None and name == "W_O":
                columns = columns or (meanings if len(values[0]) == len(meanings) else None)
            elif meanings is not None and len(values) == len(meanings):
                rows = meanings
            with within(f"weights.{name}"):
                self.keep(Input(name, values, rows, columns))

    # --- steps of the lesson's own ---

    def tell_step(self, spec: files.Step) -> None:
        """A step of the lesson's own, as formulas, with its parts before it."""
        place = f"steps.{spec.name}"
        title, columns = self.text(spec.title), self.fixed(spec.columns)
        host = self.earlier(spec.beside, f"{place}.beside")
        next_to = self.earlier(spec.next_to, f"{place}.next_to")
        look = Look(
            title=title, note=self.text(spec.note), written=self.text(spec.mathematics),
            caption=self.text(spec.caption), tone="output" if spec.heat else "neutral",
            decimals=spec.decimals, signed=spec.signed, heat=spec.heat, beside=host,
            next_to=next_to, sheet=spec.sheet,
        )  # fmt: skip
        expression = self.expression(spec, look)
        rows = self.fixed(spec.row_labels)
        for given, length, what in (
            (rows, expression.rows, "row labels"),
            (columns, expression.columns, "columns"),
        ):
            if given is not None and len(given) != length:
                raise LessonError(f"{place}: expected {length} {what}, got {len(given)}")
        if host is not None and expression.shape != (host.rows, 1):
            raise LessonError(
                f"{place}.beside: expected a column of {host.rows} rows beside "
                f"{spec.beside}, got {expression!r}"
            )
        if host is not None and title:
            columns = Texts.of((title,))
        with self.telling(spec.name):
            self.add_step(spec.name, expression, look, rows, columns)

    def expression(self, spec: files.Step, look: Look) -> Matrix:
        if not spec.rows:
            return self.read(spec.formula, f"steps.{spec.name}.formula")
        parts: list[Matrix] = []
        for part in spec.rows:
            place = f"steps.{spec.name}.rows.{part.name}"
            with within(place):
                manner = Manner(part.name, part.name, look.tone, look.decimals, look.sheet)
                node = Step(part.name, self.cut(manner, self.read(part.formula, place)))
                self.keep(node)
            parts.append(node)
        row_labels = None
        if all(part.rows == 1 for part in parts):
            ids = tuple(part.name for part in spec.rows)
            row_labels = Texts(ids, tuple(self.text(part.label) for part in spec.rows))
        return Joined("rows", parts, row_labels)

    def add_charts(self) -> None:
        """Charts, once all the steps that they may show are there."""
        for spec in self.lesson.steps:
            if spec.chart is not None:
                self.tell_chart(spec.chart, self.nodes[spec.name], f"steps.{spec.name}.chart")

    def tell_chart(self, spec: files.Chart, step: Matrix, place: str) -> None:
        title, alternative = self.text(spec.title), self.text(spec.alternative)
        if spec.kind == "bar":
            if step.column_labels is None:
                raise LessonError(f"{place}: expected a step with labelled columns, got {step!r}")
            span = self.chart_columns(spec, step, place)
            if step.rows > files.MAX_SERIES:
                raise LessonError(
                    f"{place}: expected a step of at most {files.MAX_SERIES} rows, got {step.rows}"
                )
            self.bar_chart(step, title, alternative, span)
            return
        if not spec.series:
            raise LessonError(f"{place}.series: expected the names of columns, got none")
        if not spec.x:
            raise LessonError(f"{place}.x: expected the name of a column, got none")
        columns: list[Matrix] = []
        for name in (spec.x, *spec.series):
            node = self.nodes.get(name)
            if node is None or node.columns != 1:
                raise LessonError(f"{place}: expected the name of a column, got {name!r}")
            if columns and node.rows != columns[0].rows:
                raise LessonError(
                    f"{place}.series: expected columns of {columns[0].rows} rows, as x has, "
                    f"got {node!r}"
                )
            columns.append(node)
        self.line_chart(self.host(place, step).band, columns, title, alternative, spec.kind)

    @staticmethod
    def chart_columns(spec: files.Chart, step: Matrix, place: str) -> tuple[int, int]:
        """The first and the last column of a bar chart, which takes neighbours only."""
        ids = step.column_labels.ids if isinstance(step.column_labels, Texts) else ()
        unknown = [column for column in spec.columns if column not in ids]
        if unknown:
            raise LessonError(
                f"{place}.columns: expected some of {', '.join(ids)}, got {unknown[0]!r}"
            )
        positions = sorted({ids.index(column) for column in spec.columns})
        if not positions:
            return 0, step.columns - 1
        if positions != list(range(positions[0], positions[-1] + 1)):
            raise LessonError(
                f"{place}.columns: expected neighbours among {', '.join(ids)}, "
                f"got {', '.join(spec.columns)}"
            )
        return positions[0], positions[-1]

    # --- the whole page ---

    def order_bands(self) -> None:
        """Move the inputs and steps that name a place in the story right after it."""
        orders = [(i.name, i.after) for i in self.lesson.inputs]
        orders += [(s.name, s.after) for s in self.lesson.steps]
        for name, after in orders:
            if not after:
                continue
            moved = self.told.get(name, [])
            keys = [band.key for band in self.bands]
            if after not in keys or not moved or after in [band.key for band in moved]:
                kind = "steps" if name in [s.name for s in self.lesson.steps] else "inputs"
                raise LessonError(
                    f"{kind}.{name}.after: expected one of {', '.join(keys)}, got {after!r}"
                )
            self.bands = [band for band in self.bands if band not in moved]
            index = [band.key for band in self.bands].index(after) + 1
            self.bands[index:index] = moved

    def check_names(self) -> None:
        """Names differ by more than their case, and none of them is an address."""
        lowered: dict[str, str] = {}
        for name in self.nodes:
            other = lowered.setdefault(name.lower(), name)
            if other != name:
                raise LessonError(f"{name}: expected a name of its own, got one like {other}")
            if why_illegal(name):
                raise LessonError(f"{name}: expected a name, got one that is {why_illegal(name)}")

    def check_all_used(self) -> None:
        """Nothing in a lesson file is passed over in silence."""
        steps = [node for node in self.nodes.values() if isinstance(node, Step)]
        needed = set(postorder(*steps))
        for name in self.lesson.weights:
            if self.nodes[name] not in needed:
                raise LessonError(f"weights.{name}: expected weights that a step uses, got none")
        known = {*self.noted, *self.texts["steps"]}
        for place, names, among in (
            ("notes", self.lesson.notes, known),
            ("weight_columns", self.lesson.weight_columns, set(self.lesson.weights)),
            ("sheets", self.lesson.sheets, {band.sheet for band in self.bands}),
        ):
            for name in names:
                if name not in among:
                    nearest = difflib.get_close_matches(name, sorted(among), 1, 0.5)
                    hint = repr(nearest[0]) if nearest else f"one of {', '.join(sorted(among))}"
                    raise LessonError(f"{place}: expected {hint}, got {name!r}")

    def tell_claim(self, claim: files.Claim) -> None:
        place = f"claims.{claim.name}"
        text, how = self.text(claim.text), self.text(claim.how)
        if claim.holds:
            condition = self.read(claim.holds, f"{place}.holds")
            when = self.read(claim.when, f"{place}.when") if claim.when else None
            self.add_claim(claim.name, text, how, condition, when)
            return
        with within(f"{place}.then"):
            condition = notation.read(claim.then, self.resolver(), True, self.nodes)
            if condition.shape != (1, 1) or condition.is_text:
                raise NotationError(f"expected one truth value, got {condition!r}")
        for target, content in claim.change.items():
            with within(f"{place}.change"):
                changed_cells(target, content, self.nodes)
        then = notation.with_full_names(claim.then, self.resolver())
        self.claims.append(Claim(claim.name, text, how, None, then))


def setting_decimals(name: str, value: float) -> int:
    """None for a whole number, two for most, as many as it takes for a small one."""
    if float(value).is_integer() and name not in FRACTIONS:
        return 0
    return next((d for d in range(2, 8) if round(value, d) == value), 2)


def _drawn(sample: files.Sample | None) -> list[list[float]]:
    assert sample is not None
    drawn = np.random.RandomState(sample.seed).standard_normal((sample.rows, sample.columns))
    rounded: list[list[float]] = (np.round(drawn, 2) + 0.0).tolist()
    return rounded
