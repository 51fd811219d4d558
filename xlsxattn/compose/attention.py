"""The attention part of a story: contexts, projections, heads, and how they are shown.

Scores, mask, heads, positions and the sources of Q, K and V are independent choices; any
combination of them comes out of the same few functions. Contexts stand side by side; a
lesson with one context shows its heads side by side instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlsxattn import attention as notation_of
from xlsxattn import lesson as files
from xlsxattn import notation
from xlsxattn.builder.cutting import Manner
from xlsxattn.errors import LessonError, within
from xlsxattn.expression import (
    ColumnCount,
    Joined,
    Lookup,
    Matrix,
    Reduction,
    Slice,
    Step,
    Words,
)
from xlsxattn.outline import Block, Label, Lane, Setting, WordCell, labels

if TYPE_CHECKING:
    from xlsxattn.compose.story import Story
    from xlsxattn.compose.training import TrainingComposer

TONES = {"Q": "query", "K": "key", "V": "value"}
WEIGHT_TONES = {f"W_{letter}": tone for letter, tone in TONES.items()}


@dataclass
class Context:
    """One sentence: its embeddings, and where its steps are recorded."""

    spec: files.Context
    title: str
    step: notation_of.Steps
    X: Matrix | None
    source: Matrix | None  # the embeddings that keys and values come from

    @property
    def suffix(self) -> str:
        return self.step.suffix


@dataclass
class Column:
    """What one lane of a page shows: a context, and one of its heads."""

    context: Context
    head: str
    caption: str

    @property
    def tail(self) -> str:
        return self.head + self.context.suffix


class AttentionComposer:
    """Adds the steps of attention to a story, and the bands that show them."""

    def __init__(
        self, story: Story, choices: files.Attention, training: TrainingComposer | None = None
    ) -> None:
        self.story, self.choices, self.training = story, choices, training
        self.nodes, self.texts = story.nodes, story.texts
        specs = story.lesson.contexts or [files.Context(id="sentence")]
        self.single = len(specs) == 1
        self.specs = specs
        self.contexts: list[Context] = []
        self.widths: dict[str, Step] = {}
        self.wholes: dict[str, Matrix] = {}
        self.heads = [""]
        if choices.heads > 1:
            self.heads = [f"_head{number + 1}" for number in range(choices.heads)]
        self.largest = "Scaled" if choices.mask == "off" else "Masked"

    def compose(self) -> list[Context]:
        """Add everything; the contexts, for what builds on them."""
        temperature = self.story.add_setting("Temperature", self.choices.temperature)
        mask = self.mask()
        self.add_contexts()
        self.show_weights()
        parts = {
            (c.spec.id, head): self.project(c, head) for c in self.contexts for head in self.heads
        }
        self.add_widths(parts)
        outputs: dict[str, list[Matrix]] = {}
        for head in self.heads:
            for context in self.contexts:
                Q, K, V = parts[context.spec.id, head]
                step = context.step.within(head + context.suffix)
                if self.choices.intersection:
                    step("Query_rows", Q)
                    step("Key_columns", K.T)
                output = notation_of.attention(
                    Q, K, V, step, temperature=temperature, mask=mask,
                    d_k=self.widths.get(head + context.suffix),
                    additive=self.additive(context, head),
                    W_out=None if head else self.weight("W_out"),
                )  # fmt: skip
                outputs.setdefault(context.spec.id, []).append(output)
        for group in self.groups():
            self.show(group)
        if self.choices.heads > 1:
            self.combine_heads(outputs)
        if self.choices.inspector is not None:
            self.add_inspector(self.choices.inspector, parts)
        return self.contexts

    def weight(self, name: str) -> Matrix | None:
        """Weights by name, in training those of the first epoch."""
        if self.training is not None and name in self.training.weights:
            return self.training.weights[name]
        return self.nodes.get(name)

    # --- settings ---

    def mask(self) -> notation_of.Mask | None:
        if self.choices.mask == "off":
            return None
        state = {"none": 0, "causal": 1, "window": 2}[self.choices.mask]
        # A window must leave every query something to look at, however few the keys are.
        lonely = [
            c for c in self.specs if len(c.words) - len(c.keys or c.words) > self.choices.window
        ]
        if lonely and self.choices.mask == "window":
            raise LessonError(
                f"contexts.{lonely[0].id}: expected at most {self.choices.window} words more than "
                f"keys under a window mask, got {len(lonely[0].words)} and {len(lonely[0].keys)}"
            )
        on = self.story.add_setting("Mask_on", state, (0, 1) if lonely else (0, 1, 2))
        return notation_of.Mask(on, self.story.add_setting("Window", self.choices.window))

    def add_widths(self, parts: dict[tuple[str, str], tuple[Matrix, Matrix, Matrix]]) -> None:
        """d_k once where all keys are equally wide, else one for each head and context."""
        scaled = {
            head + context.suffix: parts[context.spec.id, head][1]
            for context in self.contexts
            for head in self.heads
            if self.scores(context) == "scaled-dot"
        }
        shared = len({key.columns for key in scaled.values()}) == 1
        for tail, key in scaled.items():
            if shared and self.widths:
                self.widths[tail] = next(iter(self.widths.values()))
                continue
            width = Step("d_k" if shared else f"d_k{tail}", ColumnCount(key))
            self.story.keep(width)
            self.widths[tail] = width
            if not self.choices.sheet or self.training is not None:
                label = self.texts["settings"]["d_k"].replace("d_k", width.name)
                self.story.settings.append(Setting(width, label))
        if self.choices.sheet and self.widths and self.training is None:
            self.show_widths()

    def show_widths(self) -> None:
        lanes: list[Lane] = [
            [self.story.block(width, decimals=0, caption=width.name)]
            for width in dict.fromkeys(self.widths.values())
        ]
        self.story.band("d_k", "", lanes, sheet=self.choices.sheet)

    def scores(self, context: Context) -> str:
        return context.spec.scores or self.choices.scores

    # --- contexts and embeddings ---

    def add_contexts(self) -> None:
        positions_on = None
        if self.choices.positions != "off":
            state = 1 if self.choices.positions == "sinusoidal" else 0
            positions_on = self.story.add_setting("Positions_on", state, (0, 1))
        for spec in self.specs:
            step = notation_of.Steps(self.nodes, "" if self.single else f"_{spec.id}")
            X = source = self.nodes.get("X")
            if spec.shares:
                shared = next(c for c in self.contexts if c.spec.id == spec.shares)
                X, source = shared.X, shared.source
            elif spec.words:
                X = source = self.embed("", spec.words, step, positions_on)
                if spec.keys:
                    source = self.embed("_source", spec.keys, step, positions_on)
            if self.training is not None:
                X, source = self.training.epoch_input(X), self.training.epoch_input(source)
            title = "" if self.single else self.story.text(spec.title)
            self.contexts.append(Context(spec, title, step, X, source))
        if positions_on is not None and not any(spec.words for spec in self.specs):
            raise LessonError("attention.positions: expected contexts with words, got none")
        for tail in ("", "_source"):
            self.show_embeddings(tail, positions_on is not None)

    def embed(
        self, tail: str, words: Sequence[str], step: notation_of.Steps, positions_on: Matrix | None
    ) -> Step:
        """The words of a sentence as cells, and their embeddings (n, d) looked up live."""
        vocabulary, listed = self.story.vocabulary, self.story.vocabulary_words
        if vocabulary is None or listed is None:
            raise LessonError("contexts: expected a [vocabulary] for the contexts, got none")
        cells = Words(f"Words{tail}{step.suffix}", words, choices=listed)
        self.story.keep(cells)
        embeddings = Lookup(cells, listed, vocabulary)
        if positions_on is None:
            return step(f"X{tail}", embeddings)
        placed = step(f"Embeddings{tail}", embeddings)
        waves = notation_of.positions(placed, step.within(tail + step.suffix))
        return step(f"X{tail}", placed + positions_on * waves)

    def show_embeddings(self, tail: str, with_positions: bool) -> None:
        key = f"X{tail}"
        own = [c for c in self.contexts if f"{key}{c.suffix}" in self.nodes and not c.spec.shares]
        columns = [Column(c, "", c.title) for c in own if c.spec.words]
        if not columns:
            return
        mathematics = "X" if not tail else "X_source"
        if with_positions:
            lanes = self.lanes(f"Embeddings{tail}", columns)
            self.story.band(f"Embeddings{tail}", "E", lanes, "input", standard="Embeddings")
            self.show_positions(tail, columns)
            mathematics = "E + P"
        self.story.band(key, mathematics, self.lanes(key, columns), "input")

    def show_positions(self, tail: str, columns: list[Column]) -> None:
        lanes = self.lanes(f"Positions{tail}", columns, side=(f"Position_number{tail}", "pos", 0))
        self.story.band(f"Positions{tail}", "sin, cos (pos / divisor)", lanes, standard="Positions")
        lanes = self.lanes(f"Divisor{tail}", columns, decimals=0)
        self.story.band(f"Divisor{tail}", "10000^(2i/d)", lanes, standard="Divisor")

    def show_weights(self) -> None:
        """The weights, two a band, under one heading."""
        blocks = [
            self.story.block(
                self.nodes[name],
                caption=name,
                tone=WEIGHT_TONES.get(name[:3], "neutral"),
            )
            for name in self.story.lesson.weights
        ]
        for start in range(0, len(blocks), 2):
            lanes: list[Lane] = [[block] for block in blocks[start : start + 2]]
            names = dict.fromkeys(name.partition("_head")[0] for name in self.story.lesson.weights)
            sheet = "" if self.training is not None else self.choices.sheet
            band = self.story.band("W", ", ".join(names), lanes, sheet=sheet)
            if start:
                band.key, band.title, band.note = f"W{start}", "", ""

    # --- queries, keys and values ---

    def project(self, context: Context, head: str) -> tuple[Matrix, Matrix, Matrix]:
        """Q, K and V of one context and head; a step each, unless it is placed already."""
        step = context.step.within(head + context.suffix)
        found = []
        for letter in "QKV":
            source, own = self.source(letter, context, head)
            if head and not own:
                source = self.share(source, letter, head, context)
            found.append(source if source.placed else step(letter, source))
        return found[0], found[1], found[2]

    def source(self, letter: str, context: Context, head: str) -> tuple[Matrix, bool]:
        """Where Q, K or V comes from, and whether that is for this head alone."""
        formula: str = getattr(context.spec, letter) or getattr(self.choices, letter)
        if formula:
            own = bool(head) and any(
                word + head in self.nodes for word in re.findall(r"\w+", formula)
            )
            with within(f"attention.{letter}"):
                written = notation.read(formula, self.resolver(head, context))
                manner = Manner(letter + head + context.suffix, letter, TONES[letter],
                                self.choices.decimals, self.choices.sheet)  # fmt: skip
                return self.story.cut(manner, written), own
        base = context.X if letter == "Q" else context.source
        if base is None:
            raise LessonError(
                f"attention.{letter}: expected words in contexts.{context.spec.id}, "
                "or a formula, got neither"
            )
        own_weights = self.nodes.get(f"W_{letter}{head}") if head else None
        if (
            head
            and own_weights is None
            and any(f"W_{letter}{other}" in self.nodes for other in self.heads)
        ):
            raise LessonError(
                f"weights.W_{letter}{head}: expected weights for each head, or one W_{letter} "
                "for all, got none"
            )
        weights = own_weights or self.weight(f"W_{letter}")
        return base if weights is None else base @ weights, own_weights is not None

    def resolver(self, head: str, context: Context) -> Callable[[str], Matrix | None]:
        """Finds a name for a head of a context: the most special one that there is.

        A context that shares the words of another finds their embeddings too.
        """
        tails = (head + context.suffix, context.suffix, head, "")
        shared = {"X": context.X} if context.spec.shares else {}
        if shared and context.source is not context.X:
            shared["X_source"] = context.source
        return lambda name: next(
            (self.nodes[name + tail] for tail in tails if name + tail in self.nodes),
            shared.get(name),
        )

    def share(self, whole: Matrix, letter: str, head: str, context: Context) -> Matrix:
        """A head's share of the columns of a Q, K or V that all heads have in common."""
        heads = self.choices.heads
        if whole.columns % heads:
            raise LessonError(
                f"attention.heads: expected a number that divides the {whole.columns} columns of "
                f"{letter}, got {heads}"
            )
        if not whole.placed:
            name = letter + context.suffix
            if name not in self.wholes:
                self.wholes[name] = context.step(letter, whole)
            whole = self.wholes[name]
        width = whole.columns // heads
        start = (int(head.removeprefix("_head")) - 1) * width
        return Slice(whole, range(whole.rows), range(start, start + width))

    def additive(self, context: Context, head: str) -> notation_of.Additive | None:
        if self.scores(context) != "additive":
            return None
        weights = []
        for name in ("W_query", "W_key", "W_score"):
            node = self.nodes.get(name + head) or self.nodes.get(name)
            if node is None:
                raise LessonError(f"weights.{name}: expected for additive scores, got none")
            weights.append(node)
        return notation_of.Additive(*weights)

    # --- showing ---

    def groups(self) -> list[list[Column]]:
        """What stands side by side: all heads of one context, or all contexts of one head."""
        if self.single:
            context = self.contexts[0]
            return [[Column(context, h, self.caption(h) or context.title) for h in self.heads]]
        return [[Column(c, head, c.title) for c in self.contexts] for head in self.heads]

    def lanes(
        self,
        name: str,
        columns: list[Column],
        tone: str = "neutral",
        side: tuple[str, str, int] | None = None,
        **options: Any,
    ) -> list[Lane]:
        """A lane for each column of the page that has a step of that name.

        ``side`` is the step attached at the right: its name, header and decimals.
        """
        options.setdefault("decimals", self.choices.decimals)
        lanes: list[Lane] = []
        for column in columns:
            node = self.nodes.get(name + column.tail)
            if node is None:
                continue
            own = self.head_tone(column.head) if len(columns) > 1 and column.head else tone
            lane: Lane = [self.story.block(node, caption=column.caption, tone=own, **options)]
            if side is not None:
                part = self.nodes[side[0] + column.tail]
                lane.append(self.story.beside(part, side[1], decimals=side[2]))
            lanes.append(lane)
        return lanes

    def caption(self, head: str) -> str:
        """What a reader calls a head: "head 1"."""
        return self.story.interface["head"].format(head.removeprefix("_head")) if head else ""

    @staticmethod
    def head_tone(head: str) -> str:
        """The colour that stays with a head."""
        return f"head{(int(head.removeprefix('_head')) - 1) % 4 + 1}"

    def band(
        self, key: str, mathematics: str, lanes: list[Lane], tone: str = "neutral",
        standard: str = "", tail: str = "",
    ) -> Any:  # fmt: skip
        if not lanes:
            return None
        return self.story.band(
            key, mathematics, lanes, tone, standard=standard, tail=tail, sheet=self.choices.sheet
        )

    def show(self, group: list[Column]) -> None:
        """The bands of attention, from Q, K and V to the output, for one group of columns."""
        alone = len(self.heads) > 1 and not self.single
        head = group[0].head if alone else ""
        tail = f" · {self.caption(head)}" if head else ""

        def band(
            name: str, mathematics: str, tone: str, *, side: tuple[str, str] | None = None,
            standard: str = "", **options: Any,
        ) -> None:  # fmt: skip
            attached = (side[0], side[1], self.choices.decimals) if side else None
            lanes = self.lanes(name, group, tone, attached, **options)
            key = (standard or name) + head
            self.band(key, mathematics, lanes, tone, standard or name, tail)

        names = {letter: self.show_source(letter, group, head, tail) for letter in "QKV"}
        product = f"{names['Q']} {names['K']}ᵀ"
        kinds = {self.scores(column.context) for column in group}
        if "additive" in kinds:
            additive = "tanh(q + k) · W_score"
            product = additive if kinds == {"additive"} else f"{product},  {additive}"
            self.show_additive(group, head, tail)
        if self.choices.intersection:
            lanes = [self.intersection(column) for column in group]
            self.band(f"Scores{head}", product, lanes, "scores", "Scores", tail)
        else:
            band("Scores", product, "scores")
        root = f"{product} / √d_k" if kinds == {"scaled-dot"} else "Scores / √d_k"
        if "scaled-dot" not in kinds:
            root = "Scores"
        softmax = f"softmax({root if kinds == {'scaled-dot'} else 'Scaled'})"
        maximum, total = self.story.interface["maximum"], self.story.interface["sum"]
        largest = ("RowMax", maximum)
        band("Scaled", root, "scores", side=largest if self.largest == "Scaled" else None)
        if self.largest == "Masked":
            band("Mask", "1, 0", "neutral", decimals=0)
            band("Masked", "−1E+30", "scores", side=largest)
        band("Exponentials", "exp(Scaled − max)", "scores", side=("RowSum", total))
        band("Attention", softmax, "scores", side=("Attention_sum", total), heat=True)
        band("Attended", f"Attention · {names['V']}", "output")
        attended = f"Attended{group[0].tail}" in self.nodes
        band("Output", "Attended · W_out" if attended else f"Attention · {names['V']}", "output",
             heat=True, standard="Output_head" if len(self.heads) > 1 else "Output")  # fmt: skip

    def show_source(self, letter: str, group: list[Column], head: str, tail: str) -> str:
        """The bands of Q, K or V where they are steps; returns what the notation calls it."""
        tone = TONES[letter]
        if len(self.heads) > 1 and group[0].head == self.heads[0]:
            whole = [Column(context, "", context.title) for context in self.contexts]
            lanes = self.lanes(letter, whole, tone)
            self.band(letter, self.source_notation(letter), lanes, tone)
        lanes = self.lanes(letter, group, tone)
        self.band(letter + head, self.source_notation(letter), lanes, tone, letter, tail)
        given = {getattr(column.context.spec, letter) for column in group}
        if lanes or given != {""}:
            return letter
        return getattr(self.choices, letter) or "X"

    def source_notation(self, letter: str) -> str:
        formula: str = getattr(self.choices, letter)
        if formula:
            return formula.replace("@", "·")
        base = "X" if letter == "Q" or not self.specs[0].keys else "X_source"
        return f"{base} · W_{letter}"

    def intersection(self, column: Column) -> Lane:
        """The left operand at the left, the right one above, the product where they meet."""
        rows, above, product = (
            self.nodes[name + column.tail] for name in ("Query_rows", "Key_columns", "Scores")
        )
        decimals = self.choices.decimals if self.choices.decimals <= 3 else 2
        left = self.story.block(rows, tone="query", decimals=decimals)
        top = self.story.block(above, tone="key", decimals=decimals)
        meeting = Block(product, (), (), tone="scores", attached=True, gap=1, above=top,
                        decimals=decimals)  # fmt: skip
        return [left, meeting]

    def show_additive(self, group: list[Column], head: str, tail: str) -> None:
        for name in ("Query_part", "Key_part"):
            self.band(name + head, "", self.lanes(name, group, "scores"), "scores", name, tail)
        unit = 1
        while lanes := self.lanes(f"Hidden_unit{unit}", group, "scores"):
            key = f"Hidden_unit{unit}{head}"
            self.band(key, "tanh(q + k)", lanes, "scores", "Hidden", f" {unit}{tail}")
            unit += 1

    def combine_heads(self, outputs: dict[str, list[Matrix]]) -> None:
        """The outputs of the heads side by side, times W_O where there is one."""
        W_O = self.nodes.get("W_O")
        columns = [Column(context, "", context.title) for context in self.contexts]
        for context in self.contexts:
            heads = outputs[context.spec.id]
            if W_O is None:
                context.step("Output", Joined("columns", heads))
            else:
                notation_of.combine_heads(heads, W_O, context.step)
        together = "[" + ", ".join(self.caption(head) for head in self.heads) + "]"
        if W_O is not None:
            lanes = self.lanes("Concatenated", columns, "output")
            self.band("Concatenated", together, lanes, "output")
            together = "Concatenated · W_O"
        self.band("Output", together, self.lanes("Output", columns, "output", heat=True), "output")

    def add_inspector(
        self,
        inspector: files.Inspector,
        parts: dict[tuple[str, str], tuple[Matrix, Matrix, Matrix]],
    ) -> None:
        """Two words chosen from lists, their rows, the products and the sum, live.

        One in each lane: of every head of the one context, or of every context's first head.
        """
        lanes = []
        for column in self.groups()[0]:
            Q, K, _ = parts[column.context.spec.id, column.head]
            step = column.context.step.within(column.tail)
            lanes.append(self.inspector_lane(inspector, Q, K, column, step))
        self.band("Inspector", "q · k", lanes, "scores")

    def inspector_lane(
        self,
        inspector: files.Inspector,
        Q: Matrix,
        K: Matrix,
        column: Column,
        step: notation_of.Steps,
    ) -> Lane:
        rows: list[Matrix] = []
        row_labels: list[Label] = []
        for role, wanted, table in (
            ("Inspected_query", inspector.query, Q),
            ("Inspected_key", inspector.key, K),
        ):
            listed = table.row_labels
            if not isinstance(listed, Words):
                raise LessonError("attention.inspector: expected words at Q and K, got none")
            known = listed.choices or listed
            if wanted not in known.words:
                raise LessonError(
                    f"attention.inspector: expected a word of the vocabulary, got {wanted!r}"
                )
            word = wanted if wanted in listed.words else listed.words[0]
            cell = Words(role + column.tail, [word], choices=listed)
            self.story.keep(cell)
            rows.append(step(f"{role}_row", Lookup(cell, listed, table, strict=False)))
            row_labels.append(WordCell(cell, 0))
        rows.append(step("Products", rows[0] * rows[1]))
        row_labels.append(self.story.interface["product"])
        table_step = step("Inspector", Joined("rows", rows))
        columns = labels(Q.column_labels, Q.columns)
        total = step("Dot_product", Reduction("sum", "row", rows[2]))
        return [
            Block(table_step, tuple(row_labels), columns, column.caption, "scores"),
            self.story.beside(total, self.story.interface["sum"], row_offset=2),
        ]
