"""A lesson as what a reader meets: bands of blocks, in reading order.

Here a validated lesson becomes named steps (through ``attention`` and ``notation``)
and each step gets its heading, its sentence and its place in the story. Where on a
sheet that is, ``layout`` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from xlsxattn import attention as notation_of
from xlsxattn import lesson as files
from xlsxattn import notation
from xlsxattn.a1 import is_legal_name
from xlsxattn.errors import LessonError, XlsxattnError
from xlsxattn.expression import (
    ColumnCount,
    Input,
    Joined,
    Labels,
    Lookup,
    Matrix,
    Reduction,
    Slice,
    Step,
    Texts,
    Verdict,
    Words,
)
from xlsxattn.lesson import Lesson, LocalText, text
from xlsxattn.texts import texts


@dataclass(frozen=True)
class WordCell:
    """A label that repeats a cell: the n-th word of a list (from 0)."""

    words: Words
    index: int


Label = str | WordCell


@dataclass
class Block:
    """A placed node on the page, with its labels.

    An ``attached`` block has no row labels and stands right beside the one before it,
    ``row_offset`` rows further down.
    """

    node: Matrix
    row_labels: tuple[Label, ...] = ()
    column_labels: tuple[Label, ...] = ()
    caption: str = ""
    tone: str = "neutral"
    decimals: int = 2
    heat: bool = False
    signed: bool = False
    attached: bool = False
    row_offset: int = 0


@dataclass
class Setting:
    """A scalar with its label: an input or switch, or a small formula."""

    node: Matrix
    label: str


@dataclass
class Settings:
    """A small table of settings, and the legend under it."""

    settings: list[Setting]
    legend: bool


Lane = list[Block | Settings]


@dataclass
class Chart:
    """A live chart of a block: a series a row, a category a column."""

    block: Block
    title: str
    alternative: str
    columns: tuple[int, ...]


@dataclass
class Band:
    """One step of the story: a heading, a sentence, and a lane of blocks a context."""

    key: str
    title: str
    note: str
    mathematics: str
    lanes: list[Lane]
    tone: str = "neutral"
    chart: Chart | None = None


@dataclass
class Claim:
    """A claim's sentence; a live one has a verdict, a what-if one is for ``check``."""

    name: str
    text: str
    verdict: Step | None


@dataclass
class Outline:
    """A whole lesson, ready to be laid out."""

    lesson: Lesson
    language: str
    title: str
    subtitle: str
    bands: list[Band]
    claims: list[Claim]
    nodes: dict[str, Matrix]
    focus: str = ""
    texts: dict[str, dict[str, str]] = field(default_factory=dict)


def outline(lesson: Lesson, language: str) -> Outline:
    """The outline of a valid lesson; LessonError names the part that does not fit."""
    return _Builder(lesson, language).build()


def labels(of: Labels | None, length: int) -> tuple[Label, ...]:
    """Labels as a page shows them: fixed texts, or cells that repeat a word's cell."""
    if of is None:
        return ()
    if isinstance(of, Texts):
        return of.texts
    return tuple(WordCell(of, index) for index in range(length))


@contextmanager
def _place(place: str) -> Iterator[None]:
    """Name the part of the lesson in errors from the mathematics."""
    try:
        yield
    except LessonError:
        raise
    except XlsxattnError as error:
        raise LessonError(f"{place}: {error}") from None


@dataclass
class _Context:
    """The steps of one sentence while they are made."""

    id: str
    title: str
    step: notation_of.Steps
    words: Words
    X: Step
    source: Step  # the embeddings that keys and values come from

    @property
    def suffix(self) -> str:
        return self.step.suffix


class _Builder:
    def __init__(self, lesson: Lesson, language: str) -> None:
        self.lesson, self.language = lesson, language
        self.texts = texts(language)
        self.nodes: dict[str, Matrix] = {}
        self.bands: list[Band] = []
        self.settings: list[Setting] = []
        self.vocabulary: Input | None = None
        self.vocabulary_words: Words | None = None
        self.contexts: list[_Context] = []

    # --- small helpers ---

    def text(self, content: LocalText) -> str:
        return text(content, self.language)

    def fixed_labels(self, of: Sequence[LocalText] | dict[str, LocalText]) -> Texts | None:
        if isinstance(of, dict):
            return Texts(tuple(of), tuple(self.text(value) for value in of.values()))
        shown = tuple(self.text(value) for value in of)
        ids = tuple(v if isinstance(v, str) else next(iter(v.values())) for v in of)
        return Texts(ids, shown) if shown else None

    def keep(self, node: Matrix) -> None:
        """Remember a typed leaf under its name."""
        if node.name in self.nodes:
            raise LessonError(f"{node.name}: expected a new name, got one that is taken")
        self.nodes[node.name] = node

    def heading(self, key: str, standard: str = "") -> tuple[str, str]:
        """Title and sentence of a standard step, the lesson's own where it has them."""
        usual = self.texts["steps"].get(standard or key, {"title": key, "note": ""})
        own = self.lesson.notes.get(key, files.Note())
        return (
            self.text(own.title) or usual["title"],
            self.text(own.note) or usual["note"],
        )

    def band(
        self,
        key: str,
        mathematics: str,
        lanes: list[Lane],
        tone: str = "neutral",
        standard: str = "",
        tail: str = "",
    ) -> Band:
        title, note = self.heading(key, standard)
        band = Band(key, title + tail, note, mathematics, lanes, tone)
        self.bands.append(band)
        return band

    def block(self, node: Matrix, **options: object) -> Block:
        """A block with the labels that the node itself knows."""
        return Block(
            node,
            labels(node.row_labels, node.rows),
            labels(node.column_labels, node.columns),
            **options,  # type: ignore[arg-type]
        )

    def beside(self, node: Matrix, header: str, **options: object) -> Block:
        """A column attached at the right of the block before it."""
        return Block(node, (), (header,), attached=True, **options)  # type: ignore[arg-type]

    def resolver(self, suffix: str = "") -> Callable[[str], Matrix | None]:
        """Finds a name, a context's own before one that all contexts share."""
        return lambda name: self.nodes.get(name + suffix) or self.nodes.get(name)

    def read(self, formula: str, place: str, suffix: str = "") -> Matrix:
        with _place(place):
            return notation.read(formula, self.resolver(suffix))

    # --- the story ---

    def build(self) -> Outline:
        for matrix in self.lesson.inputs:
            self.add_input(matrix)
        self.add_weights()
        if self.lesson.vocabulary is not None:
            self.add_vocabulary(self.lesson.vocabulary)
        if self.lesson.attention is not None:
            with _place("attention"):
                self.add_attention(self.lesson.attention)
        for step in self.lesson.steps:
            self.add_step(step)
        self.order_bands()
        claims = [self.claim(claim) for claim in self.lesson.claims]
        self.show_settings()
        self.check_names()
        return Outline(
            self.lesson,
            self.language,
            self.text(self.lesson.title),
            self.text(self.lesson.subtitle),
            self.bands,
            claims,
            self.nodes,
            self.lesson.focus,
            self.texts,
        )

    def check_names(self) -> None:
        lowered: dict[str, str] = {}
        for name in self.nodes:
            other = lowered.setdefault(name.lower(), name)
            if other != name or not is_legal_name(name):
                raise LessonError(f"{name}: expected a name of its own, got one like {other}")

    def show_settings(self) -> None:
        """Settings and legend stand at the right of the first band, where there is room."""
        panel = Settings(self.settings, legend=True)
        if self.bands and len(self.bands[0].lanes) == 1:
            self.bands[0].lanes.append([panel])
        else:
            band = Band("Settings", self.texts["interface"]["settings"], "", "", [[panel]])
            self.bands.insert(0, band)

    # --- inputs ---

    def add_input(self, matrix: files.Matrix) -> None:
        node = Input(
            matrix.name,
            matrix.values,
            self.fixed_labels(matrix.rows),
            self.fixed_labels(matrix.columns),
            tuple(matrix.choices),
        )
        self.keep(node)
        if node.shape == (1, 1) and not matrix.rows and not matrix.columns:
            self.settings.append(Setting(node, self.text(matrix.title) or matrix.name))
            return
        self.bands.append(
            Band(
                matrix.name,
                self.text(matrix.title) or matrix.name,
                self.text(matrix.note),
                matrix.name.replace("_", " "),
                [[self.block(node, decimals=matrix.decimals)]],
            )
        )

    def add_weights(self) -> None:
        columns = None
        if self.lesson.vocabulary is not None:
            columns = self.fixed_labels(self.lesson.vocabulary.columns)
        for name, values in self.lesson.weights.items():
            rows = columns if columns and len(values) == len(columns) else None
            self.keep(Input(name, values, rows))

    def show_weights(self) -> None:
        if not self.lesson.weights:
            return
        title, note = self.heading("W")
        tones = {"W_Q": "query", "W_K": "key", "W_V": "value"}
        blocks = []
        for name in self.lesson.weights:
            tone = next((tones[key] for key in tones if name.startswith(key)), "neutral")
            blocks.append(self.block(self.nodes[name], caption=name, tone=tone))
        for start in range(0, len(blocks), 2):
            self.bands.append(
                Band(
                    "W" if not start else f"W{start}",
                    title if not start else "",
                    note if not start else "",
                    ", ".join(self.lesson.weights) if not start else "",
                    [[block] for block in blocks[start : start + 2]],
                )
            )

    def add_vocabulary(self, vocabulary: files.Vocabulary) -> None:
        self.vocabulary_words = Words("Vocabulary_words", tuple(vocabulary.words))
        self.vocabulary = Input(
            "Vocabulary",
            list(vocabulary.words.values()),
            self.vocabulary_words,
            self.fixed_labels(vocabulary.columns),
        )
        self.keep(self.vocabulary_words)
        self.keep(self.vocabulary)
        self.band("Vocabulary", "", [[self.block(self.vocabulary)]])

    # --- attention ---

    def add_attention(self, choices: files.Attention) -> None:
        temperature = Input("Temperature", [[choices.temperature]])
        self.keep(temperature)
        self.settings.append(Setting(temperature, self.texts["settings"]["Temperature"]))
        mask = self.add_mask(choices)
        self.add_contexts(choices)
        self.show_weights()
        heads = [""] if choices.heads == 1 else [f"_head{h + 1}" for h in range(choices.heads)]
        parts = {head: self.add_projections(choices, head) for head in heads}
        d_k = None
        if choices.scores == "scaled-dot":
            first_key = parts[heads[0]][0][1]
            d_k = Step("d_k", ColumnCount(first_key))
            self.keep(d_k)
            self.settings.append(Setting(d_k, self.texts["settings"]["d_k"]))
        outputs: dict[str, list[Matrix]] = {context.id: [] for context in self.contexts}
        for head in heads:
            for context, (Q, K, V) in zip(self.contexts, parts[head], strict=True):
                additive = self.additive(head) if choices.scores == "additive" else None
                output = notation_of.attention(
                    Q, K, V, context.step.within(head + context.suffix),
                    temperature=temperature, d_k=d_k, mask=mask, additive=additive,
                )  # fmt: skip
                outputs[context.id].append(output)
            self.show_head(choices, head)
        if choices.heads > 1:
            self.combine_heads(outputs)
        if choices.inspector is not None:
            self.add_inspector(choices.inspector, parts[heads[0]])

    def add_mask(self, choices: files.Attention) -> notation_of.Mask | None:
        if choices.mask == "off":
            return None
        states = {"none": 0, "causal": 1, "window": 2}
        on = Input("Mask_on", [[states[choices.mask]]], choices=(0, 1, 2))
        window = Input("Window", [[choices.window]])
        for node in (on, window):
            self.keep(node)
            self.settings.append(Setting(node, self.texts["settings"][node.name]))
        return notation_of.Mask(on, window)

    def add_contexts(self, choices: files.Attention) -> None:
        if self.vocabulary is None:
            raise LessonError("expected a [vocabulary] for the contexts, got none")
        positions_on = None
        if choices.positions != "off":
            value = 1 if choices.positions == "sinusoidal" else 0
            positions_on = Input("Positions_on", [[value]], choices=(0, 1))
            self.keep(positions_on)
            self.settings.append(Setting(positions_on, self.texts["settings"]["Positions_on"]))
        for context in self.lesson.contexts:
            suffix = f"_{context.id}" if len(self.lesson.contexts) > 1 else ""
            step = notation_of.Steps(self.nodes, suffix)
            words, X = self.embed("Words", "X", context.words, step, positions_on)
            source = X
            if context.keys:
                _, source = self.embed("Words_source", "X_source", context.keys, step, positions_on)
            title = self.text(context.title)
            self.contexts.append(_Context(context.id, title, step, words, X, source))
        self.show_embeddings(positions_on is not None)

    def embed(
        self,
        words_name: str,
        X_name: str,
        words: Sequence[str],
        step: notation_of.Steps,
        positions_on: Input | None,
    ) -> tuple[Words, Step]:
        """The words of a sentence as cells, and their embeddings (n, d) looked up live."""
        assert self.vocabulary is not None and self.vocabulary_words is not None
        cells = Words(words_name + step.suffix, words, choices=self.vocabulary_words)
        self.keep(cells)
        embeddings = Lookup(cells, self.vocabulary_words, self.vocabulary)
        if positions_on is None:
            return cells, step(X_name, embeddings)
        tail = "_source" if X_name.endswith("_source") else ""
        placed = step(f"Embeddings{tail}", embeddings)
        waves = notation_of.positions(placed, step.within(tail + step.suffix))
        return cells, step(X_name, placed + positions_on * waves)

    def lanes(self, name: str, tone: str = "neutral", **options: object) -> list[Lane]:
        """One lane a context, with the context's own step of that name."""
        return [
            [self.block(self.nodes[name + c.suffix], caption=c.title, tone=tone, **options)]
            for c in self.contexts
            if name + c.suffix in self.nodes
        ]

    def show_embeddings(self, with_positions: bool) -> None:
        for tail in ("", "_source"):
            if f"X{tail}{self.contexts[0].suffix}" not in self.nodes:
                continue
            if with_positions:
                self.band(f"Embeddings{tail}", "E", self.lanes(f"Embeddings{tail}"), "input",
                          "Embeddings")  # fmt: skip
                self.show_positions(tail)
                self.band(f"X{tail}", "E + P", self.lanes(f"X{tail}"), "input")
            else:
                self.band(f"X{tail}", f"X{tail}".replace("_", " "), self.lanes(f"X{tail}"), "input")

    def show_positions(self, tail: str) -> None:
        lanes: list[Lane] = []
        for context in self.contexts:
            waves = self.nodes[f"Positions{tail}{context.suffix}"]
            number = self.nodes[f"Position_number{tail}{context.suffix}"]
            lanes.append([self.block(waves), self.beside(number, "pos", decimals=0)])
        self.band(
            f"Positions{tail}", "sin, cos (pos / 10000^(2i/d))", lanes, "neutral", "Positions"
        )
        divisors: list[Lane] = [
            [self.block(self.nodes[f"Divisor{tail}{c.suffix}"], decimals=0)] for c in self.contexts
        ]
        self.bands.append(Band(f"Divisor{tail}", "", "", "10000^(2i/d)", divisors))

    def source_of(self, choices: files.Attention, letter: str, head: str, c: _Context) -> Matrix:
        """Q, K or V of a context: the lesson's own formula, or X with its weights."""
        formula: str = getattr(choices, letter)
        if formula:
            return self.read(formula, f"attention.{letter}", c.suffix)
        base = c.X if letter == "Q" else c.source
        weights = self.nodes.get(f"W_{letter}{head}") or self.nodes.get(f"W_{letter}")
        return base if weights is None else base @ weights

    def add_projections(
        self, choices: files.Attention, head: str
    ) -> list[tuple[Matrix, Matrix, Matrix]]:
        """Q, K and V of every context for one head; a step each, unless it is X itself."""
        result = []
        for context in self.contexts:
            step = context.step.within(head + context.suffix)
            triple = []
            for letter in "QKV":
                source = self.source_of(choices, letter, head, context)
                own = f"W_{letter}{head}" in self.nodes or getattr(choices, letter)
                if head and not own:
                    source = self.part_of(source, letter, head, choices.heads, context)
                triple.append(source if source.placed else step(letter, source))
            result.append((triple[0], triple[1], triple[2]))
        return result

    def part_of(
        self, whole: Matrix, letter: str, head: str, heads: int, context: _Context
    ) -> Matrix:
        """A head's share of the columns of a Q, K or V that all heads have in common."""
        if whole.columns % heads:
            raise LessonError(
                f"attention.heads: expected a number that divides the {whole.columns} columns "
                f"of {letter}, got {heads}"
            )
        if not whole.placed:
            name = letter + context.suffix
            whole = self.nodes.get(name) or context.step(letter, whole)
        width = whole.columns // heads
        start = (int(head.removeprefix("_head")) - 1) * width
        return Slice(whole, range(whole.rows), range(start, start + width))

    def additive(self, head: str) -> notation_of.Additive:
        weights = []
        for name in ("W_query", "W_key", "W_score"):
            node = self.nodes.get(name + head) or self.nodes.get(name)
            if node is None:
                raise LessonError(f"weights.{name}: expected for additive scores, got none")
            weights.append(node)
        return notation_of.Additive(*weights)

    # --- showing one head ---

    def show_head(self, choices: files.Attention, head: str) -> None:
        number = head.removeprefix("_head")
        tail = f" · {number}" if head else ""
        suffixes = self.contexts
        tone_of = {"Q": "query", "K": "key", "V": "value"}

        def lanes(name: str, tone: str, **options: object) -> list[Lane]:
            return self.lanes(name + head, tone, **options)

        names = {}
        for letter in "QKV":
            shown = f"{letter}{head}{suffixes[0].suffix}" in self.nodes
            names[letter] = letter if shown else "X"
            if shown:
                weight = f"W_{letter}{head}" if f"W_{letter}{head}" in self.nodes else f"W_{letter}"
                base = "X_source" if letter != "Q" and self.lesson.contexts[0].keys else "X"
                own: str = getattr(choices, letter)
                mathematics = own.replace("@", "·") or f"{base} · {weight}"
                self.band(f"{letter}{head}", mathematics, lanes(letter, tone_of[letter]),
                          tone_of[letter], letter, tail)  # fmt: skip
        if choices.scores == "additive":
            self.show_additive(head, tail)
            product = "tanh(q W_query + k W_key) · W_score"
        else:
            product = f"{names['Q']} {names['K']}ᵀ"
        self.band(f"Scores{head}", product, lanes("Scores", "scores"), "scores", "Scores", tail)
        root = " / √d_k" if choices.scores == "scaled-dot" else ""
        largest = "Scaled" if choices.mask == "off" else "Masked"
        self.band_with_column(
            f"Scaled{head}", f"{product}{root}", "RowMax" if largest == "Scaled" else "",
            self.texts["interface"]["maximum"], tail,
        )  # fmt: skip
        if choices.mask != "off":
            self.band(f"Mask{head}", "0, 1", lanes("Mask", "neutral", decimals=0), "neutral",
                      "Mask", tail)  # fmt: skip
            self.band_with_column(f"Masked{head}", "−1E+30", "RowMax",
                                  self.texts["interface"]["maximum"], tail)  # fmt: skip
        self.band_with_column(f"Exponentials{head}", "exp(Scaled − max)", "RowSum",
                              self.texts["interface"]["sum"], tail)  # fmt: skip
        self.band_with_column(f"Attention{head}", f"softmax({product}{root})", "Attention_sum",
                              self.texts["interface"]["sum"], tail, heat=True)  # fmt: skip
        product = f"Attention · {names['V']}"
        self.band(f"Output{head}", product, lanes("Output", "output", heat=True), "output",
                  "Output", tail)  # fmt: skip

    def show_additive(self, head: str, tail: str) -> None:
        for name in ("Query_part", "Key_part"):
            self.band(f"{name}{head}", "", self.lanes(name + head, "scores"), "scores", name, tail)
        unit = 1
        while f"Hidden_unit{unit}{head}{self.contexts[0].suffix}" in self.nodes:
            name = f"Hidden_unit{unit}{head}"
            self.band(name, "tanh(q + k)", self.lanes(name, "scores"), "scores", "Hidden",
                      f" {unit}{tail}")  # fmt: skip
            unit += 1

    def band_with_column(
        self, name: str, mathematics: str, column: str, header: str, tail: str, heat: bool = False
    ) -> None:
        """A band whose blocks have a row reduction attached at their right."""
        key, head = name.partition("_head")[0], name[len(name.partition("_head")[0]) :]
        lanes = self.lanes(name, "scores", heat=heat)
        if column:
            for lane, context in zip(lanes, self.contexts, strict=True):
                node = self.nodes[f"{column}{head}{context.suffix}"]
                lane.append(self.beside(node, header))
        self.band(name, mathematics, lanes, "scores", key, tail)

    def combine_heads(self, outputs: dict[str, list[Matrix]]) -> None:
        W_O = self.nodes.get("W_O")
        for context in self.contexts:
            heads = outputs[context.id]
            if W_O is None:
                context.step("Output", Joined("columns", heads))
            else:
                notation_of.combine_heads(heads, W_O, context.step)
        if W_O is not None:
            self.band("Concatenated", "[head 1, head 2, …]", self.lanes("Concatenated", "output"),
                      "output")  # fmt: skip
        mathematics = "Concatenated · W_O" if W_O is not None else "[head 1, head 2, …]"
        self.band("Output", mathematics, self.lanes("Output", "output", heat=True), "output")

    def add_inspector(
        self, inspector: files.Inspector, parts: list[tuple[Matrix, Matrix, Matrix]]
    ) -> None:
        """Two words chosen from lists, their rows, the products and the sum, live."""
        lanes: list[Lane] = []
        for context, (Q, K, _) in zip(self.contexts, parts, strict=True):
            lane: Lane = []
            rows: list[Matrix] = []
            row_labels: list[Label] = []
            for role, wanted, table in (
                ("Inspected_query", inspector.query, Q),
                ("Inspected_key", inspector.key, K),
            ):
                listed = table.row_labels
                if not isinstance(listed, Words):
                    raise LessonError("attention.inspector: expected words at Q and K, got none")
                word = wanted if wanted in listed.words else listed.words[0]
                cell = Words(role + context.suffix, [word], choices=listed)
                self.keep(cell)
                rows.append(context.step(f"{role}_row", Lookup(cell, listed, table, strict=False)))
                row_labels.append(WordCell(cell, 0))
            rows.append(context.step("Products", rows[0] * rows[1]))
            row_labels.append(self.texts["interface"]["product"])
            table_step = context.step("Inspector", Joined("rows", rows))
            columns = labels(Q.column_labels, Q.columns)
            lane.append(Block(table_step, tuple(row_labels), columns, context.title, "scores"))
            total = context.step("Dot_product", Reduction("sum", "row", rows[2]))
            lane.append(self.beside(total, self.texts["interface"]["sum"], row_offset=2))
            lanes.append(lane)
        self.band("Inspector", "q · k", lanes, "scores")

    # --- steps of the lesson's own, and claims ---

    def add_step(self, spec: files.Step) -> None:
        place = f"steps.{spec.name}"
        column_labels = self.fixed_labels(spec.columns)
        row_labels: Texts | None = None
        if spec.rows:
            parts: list[Matrix] = []
            for part in spec.rows:
                node = Step(part.name, self.read(part.formula, f"{place}.rows.{part.name}"))
                self.keep(node)
                parts.append(node)
            if sum(part.rows for part in parts) == len(parts):
                row_labels = Texts(
                    tuple(part.name for part in spec.rows),
                    tuple(self.text(part.label) for part in spec.rows),
                )
            with _place(place):
                expression: Matrix = Joined("rows", parts, row_labels)
        else:
            expression = self.read(spec.formula, f"{place}.formula")
        step = Step(spec.name, expression, row_labels, column_labels)
        self.keep(step)
        if spec.beside:
            self.attach(spec, step)
            return
        tone = "output" if spec.heat else "neutral"
        block = self.block(
            step, decimals=spec.decimals, heat=spec.heat, signed=spec.signed, tone=tone
        )
        band = Band(
            spec.name, self.text(spec.title), self.text(spec.note), spec.mathematics, [[block]],
            tone,
        )  # fmt: skip
        if spec.chart is not None:
            band.chart = self.chart(spec.chart, block, place)
        self.bands.append(band)

    def attach(self, spec: files.Step, step: Step) -> None:
        """Put a column at the right of the step that it belongs to."""
        for band in self.bands:
            for lane in band.lanes:
                for block in lane:
                    if isinstance(block, Block) and block.node.name == spec.beside:
                        header = step.column_labels
                        shown = header.texts[0] if isinstance(header, Texts) else spec.name
                        options = {"decimals": spec.decimals, "signed": spec.signed}
                        lane.append(self.beside(step, self.text(spec.title) or shown, **options))
                        return
        raise LessonError(
            f"steps.{spec.name}.beside: expected the name of an earlier step, got {spec.beside!r}"
        )

    def chart(self, spec: files.Chart, block: Block, place: str) -> Chart:
        ids = block.node.column_labels.ids if isinstance(block.node.column_labels, Texts) else ()
        unknown = [column for column in spec.columns if column not in ids]
        if unknown:
            raise LessonError(
                f"{place}.chart.columns: expected some of {', '.join(ids)}, got {unknown[0]!r}"
            )
        columns = tuple(ids.index(column) for column in spec.columns) or tuple(
            range(block.node.columns)
        )
        return Chart(block, self.text(spec.title), self.text(spec.alternative), columns)

    def order_bands(self) -> None:
        """Move the steps that name a place in the story right after it."""
        for spec in self.lesson.steps:
            if not spec.after:
                continue
            moved = [band for band in self.bands if band.key == spec.name]
            keys = [band.key for band in self.bands]
            if spec.after not in keys:
                raise LessonError(
                    f"steps.{spec.name}.after: expected one of {', '.join(keys)}, "
                    f"got {spec.after!r}"
                )
            for band in moved:
                self.bands.remove(band)
            index = [band.key for band in self.bands].index(spec.after) + 1
            self.bands[index:index] = moved

    def claim(self, claim: files.Claim) -> Claim:
        place = f"claims.{claim.name}"
        verdict = None
        if claim.holds:
            condition = self.read(claim.holds, f"{place}.holds")
            when = self.read(claim.when, f"{place}.when") if claim.when else None
            with _place(place):
                verdict = Step(f"Claim_{claim.name}", Verdict(condition, when))
            self.keep(verdict)
        return Claim(claim.name, self.text(claim.text), verdict)
