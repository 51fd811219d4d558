"""The attention part of a story: contexts, projections, heads, and how they are shown.

Scores, mask, heads, positions and the sources of Q, K and V are independent choices; any
combination of them comes out of the same few functions. Contexts stand side by side; a
lesson with one context shows its heads side by side instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from xlsxattn import lesson as files
from xlsxattn import named_attention as notation_of
from xlsxattn import notation
from xlsxattn.builder.cutting import Manner
from xlsxattn.compose.attention_page import TONES, AttentionPage
from xlsxattn.compose.contexts import Column, Context
from xlsxattn.compose.epoch import Epoch
from xlsxattn.compose.inputs import show_weights
from xlsxattn.compose.inspector import inspect
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError, within
from xlsxattn.expression import (
    ColumnCount,
    Joined,
    Lookup,
    Matrix,
    Slice,
    Step,
    Words,
)
from xlsxattn.outline import Setting


class AttentionComposer(AttentionPage):
    """Adds the steps of attention to a story, and the bands that show them."""

    def __init__(self, story: Story, choices: files.Attention, epoch: Epoch | None = None) -> None:
        super().__init__(story, choices)
        self.epoch, self.texts = epoch, story.texts
        self.wholes: dict[str, Matrix] = {}

    def compose(self) -> list[Context]:
        """Add everything; the contexts, for what builds on them."""
        temperature = self.story.add_setting("Temperature", self.choices.temperature)
        self.story.symbols[temperature] = "T"
        for name in self.story.lesson.weights:
            self.story.symbols[self.nodes[name]] = name.partition("_head")[0]
        mask = self.mask()
        self.add_contexts()
        show_weights(self.story, "" if self.epoch is not None else self.choices.sheet)
        if self.epoch is not None:
            self.epoch.show_start(self.contexts)
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
            inspect(self, self.choices.inspector, parts)
        return self.contexts

    def weight(self, name: str) -> Matrix | None:
        """Weights by name, in training those of the first epoch."""
        if self.epoch is not None and name in self.epoch.weights:
            return self.epoch.weights[name]
        return self.nodes.get(name)

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
            if not self.choices.sheet or self.epoch is not None:
                label = self.texts["settings"]["d_k"].replace("d_k", width.name)
                self.story.settings.append(Setting(width, label))
        if self.choices.sheet and self.widths and self.epoch is None:
            self.show_widths()

    def add_contexts(self) -> None:
        positions_on = None
        if self.choices.positions != "off":
            state = 1 if self.choices.positions == "sinusoidal" else 0
            positions_on = self.story.add_setting("Positions_on", state, (0, 1))
        for spec in self.specs:
            step = notation_of.Steps(
                self.nodes, "" if self.single else f"_{spec.id}", self.story.symbols
            )
            X = source = self.nodes.get("X")
            if spec.shares:
                shared = next(c for c in self.contexts if c.spec.id == spec.shares)
                X, source = shared.X, shared.source
            elif spec.words:
                X = source = self.embed("", spec.words, step, positions_on)
                if spec.keys:
                    source = self.embed("_source", spec.keys, step, positions_on)
            if self.epoch is not None:
                X, source = self.epoch.input(X), self.epoch.input(source)
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
        if W_O is not None:
            together = "[" + ", ".join(self.caption(head) for head in self.heads) + "]"
            self.band("Concatenated", columns, "output", mathematics=together)
        self.band("Output", columns, "output", heat=True)
