"""What every story has: named nodes, bands, settings, a lesson's own inputs, steps, claims."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from xlsxattn import lesson as files
from xlsxattn import notation
from xlsxattn.a1 import why_illegal
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
    Verdict,
    Words,
    postorder,
)
from xlsxattn.lesson import LabelTexts, Lesson, LocalText, text
from xlsxattn.outline import (
    Band,
    Block,
    Chart,
    Claim,
    Lane,
    Outline,
    Series,
    Setting,
    SheetPlan,
    labels,
    with_settings,
)
from xlsxattn.texts import texts
from xlsxattn.what_if import changed_cells


class Story:
    """Collects bands, settings and named nodes while the story is told."""

    def __init__(self, lesson: Lesson, language: str) -> None:
        self.lesson, self.language = lesson, language
        self.texts = texts(language)
        self.interface: dict[str, str] = self.texts["interface"]
        self.nodes: dict[str, Matrix] = {}
        self.bands: list[Band] = []
        self.settings: list[Setting] = []
        self.plans: dict[str, SheetPlan] = {}
        self.largest = math.inf  # of the results that are shown
        self.noted: set[str] = set()
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
                self.add_step(step)
        self.add_charts()
        self.order_bands()

    def outline(self) -> Outline:
        """The whole story, with its claims and settings; LessonError where a part is left over."""
        claims = [self.claim(claim) for claim in self.lesson.claims]
        self.bands = with_settings(self.bands, self.settings, self.interface["settings"])
        self.check_names()
        self.check_all_used()
        for band in self.bands:
            band.sheet = self.sheet_name(band.sheet)
        return Outline(
            self.lesson,
            self.language,
            self.text(self.lesson.title),
            self.text(self.lesson.subtitle),
            self.bands,
            claims,
            self.nodes,
            self.texts,
            self.lesson.focus,
            {self.sheet_name(name): plan for name, plan in self.plans.items()},
            self.largest,
        )

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

    def keep(self, node: Matrix) -> None:
        """Remember a node under its name."""
        if node.name in self.nodes:
            raise LessonError(f"{node.name}: expected a new name, got one that is taken")
        self.nodes[node.name] = node

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

    def block(self, node: Matrix, **options: Any) -> Block:
        """A block with the labels that the node itself knows."""
        row_labels = labels(node.row_labels, node.rows)
        return Block(node, row_labels, labels(node.column_labels, node.columns), **options)

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
        return Setting(node, self.texts["settings"][name])

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
        self.keep(node)
        title = self.text(matrix.title) or matrix.name
        if node.shape == (1, 1) and not matrix.rows and not matrix.columns:
            self.settings.append(Setting(node, title))
            return
        block = self.block(node, decimals=matrix.decimals)
        band = Band(matrix.name, title, self.text(matrix.note), matrix.name, [[block]])
        self.place_band(band, matrix.next_to, matrix.sheet)

    def place_band(self, band: Band, next_to: str, sheet: str) -> None:
        """A band of its own, or a lane more in the band of an earlier step."""
        band.sheet = sheet
        if not next_to:
            self.bands.append(band)
            return
        host, _ = self.band_of(next_to, f"{band.key}.next_to")
        for lane in band.lanes:
            block = lane[0]
            if isinstance(block, Block) and not block.caption:
                block.caption = band.title
        host.lanes += band.lanes

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

    def add_step(self, spec: files.Step) -> None:
        with within(f"steps.{spec.name}"):
            step = Step(
                spec.name, self.expression(spec), self.fixed(spec.row_labels),
                self.fixed(spec.columns),
            )  # fmt: skip
        for given, length, what in (
            (step.row_labels, step.rows, "row labels"),
            (step.column_labels, step.columns, "columns"),
        ):
            if given is not None and len(given) != length:
                raise LessonError(f"steps.{spec.name}: expected {length} {what}, got {len(given)}")
        self.keep(step)
        title = self.text(spec.title)
        if spec.beside:
            _, lane = self.band_of(spec.beside, f"steps.{spec.name}.beside")
            host = self.nodes[spec.beside]
            if step.shape != (host.rows, 1):
                raise LessonError(
                    f"steps.{spec.name}.beside: expected a column of {host.rows} rows beside "
                    f"{spec.beside}, got {step!r}"
                )
            shown = labels(step.column_labels, 1)
            header = title or (shown[0] if shown and isinstance(shown[0], str) else spec.name)
            lane.append(self.beside(step, header, decimals=spec.decimals, signed=spec.signed))
        else:
            tone = "output" if spec.heat else "neutral"
            block = self.block(
                step, caption=self.text(spec.caption), decimals=spec.decimals,
                heat=spec.heat, signed=spec.signed, tone=tone,
            )  # fmt: skip
            note = self.text(spec.note)
            band = Band(spec.name, title, note, self.text(spec.mathematics), [[block]], tone)
            self.place_band(band, spec.next_to, spec.sheet)

    def expression(self, spec: files.Step) -> Matrix:
        if not spec.rows:
            return self.read(spec.formula, f"steps.{spec.name}.formula")
        parts: list[Matrix] = []
        for part in spec.rows:
            place = f"steps.{spec.name}.rows.{part.name}"
            node = Step(part.name, self.read(part.formula, place))
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
                band, _ = self.band_of(spec.name)
                step = self.nodes[spec.name]
                band.chart = self.chart(spec.chart, step, f"steps.{spec.name}.chart")

    def chart(self, spec: files.Chart, step: Matrix, place: str) -> Chart:
        title, alternative = self.text(spec.title), self.text(spec.alternative)
        if spec.kind == "bar":
            if step.column_labels is None:
                raise LessonError(f"{place}: expected a step with labelled columns, got {step!r}")
            first, last = self.chart_columns(spec, step, place)
            if step.rows > files.MAX_SERIES:
                raise LessonError(
                    f"{place}: expected a step of at most {files.MAX_SERIES} rows, got {step.rows}"
                )
            shown = labels(step.row_labels, step.rows) or ("",) * step.rows
            series = [Series(shown[row], step, row, (first, last)) for row in range(step.rows)]
            return Chart(
                "bar", title, alternative, series, Series("", step.header, 0, (first, last))
            )
        if not spec.series:
            raise LessonError(f"{place}.series: expected the names of columns, got none")
        if not spec.x:
            raise LessonError(f"{place}.x: expected the name of a column, got none")
        columns: list[Series] = []
        for name in (spec.x, *spec.series):
            node = self.nodes.get(name)
            if node is None or node.columns != 1:
                raise LessonError(f"{place}: expected the name of a column, got {name!r}")
            if columns and node.rows != columns[0].node.rows:
                raise LessonError(
                    f"{place}.series: expected columns of {columns[0].node.rows} rows, as x has, "
                    f"got {node!r}"
                )
            _, lane = self.band_of(name)
            block = next(b for b in lane if isinstance(b, Block) and b.node is node)
            label = block.column_labels[0] if block.column_labels else block.caption or name
            columns.append(Series(label, node))
        return Chart(spec.kind, title, alternative, columns[1:], columns[0])

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
            moved = [band for band in self.bands if band.key == name]
            keys = [band.key for band in self.bands]
            if after not in keys or not moved or after == name:
                kind = "steps" if name in [s.name for s in self.lesson.steps] else "inputs"
                raise LessonError(
                    f"{kind}.{name}.after: expected one of {', '.join(keys)}, got {after!r}"
                )
            self.bands.remove(moved[0])
            index = [band.key for band in self.bands].index(after) + 1
            self.bands.insert(index, moved[0])

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

    def claim(self, claim: files.Claim) -> Claim:
        place = f"claims.{claim.name}"
        verdict = None
        if claim.holds:
            condition = self.read(claim.holds, f"{place}.holds")
            when = self.read(claim.when, f"{place}.when") if claim.when else None
            with within(place):
                verdict = Step(f"Claim_{claim.name}", Verdict(condition, when))
            self.keep(verdict)
        else:
            with within(f"{place}.then"):
                condition = notation.read(claim.then, self.resolver(), True, self.nodes)
                if condition.shape != (1, 1) or condition.is_text:
                    raise NotationError(f"expected one truth value, got {condition!r}")
            for target, content in claim.change.items():
                with within(f"{place}.change"):
                    changed_cells(target, content, self.nodes)
        return Claim(claim.name, self.text(claim.text), self.text(claim.how), verdict)


def _drawn(sample: files.Sample | None) -> list[list[float]]:
    assert sample is not None
    drawn = np.random.RandomState(sample.seed).standard_normal((sample.rows, sample.columns))
    rounded: list[list[float]] = (np.round(drawn, 2) + 0.0).tolist()
    return rounded
