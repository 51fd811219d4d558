"""One attention of a story: projections, heads, what they find, and how it is shown.

Scores, mask, heads, positions, bias and the sources of Q, K and V are independent choices; any
combination of them comes out of the same few functions. Contexts stand side by side; a
lesson with one context shows its heads side by side instead.
"""

from __future__ import annotations

from collections.abc import Iterable

from xlsxattn import lesson as files
from xlsxattn import named_attention as notation_of
from xlsxattn.compose.attention_page import AttentionPage
from xlsxattn.compose.biases import Biases
from xlsxattn.compose.boards import operands
from xlsxattn.compose.contexts import Column, Common, Context
from xlsxattn.compose.epoch import Epoch
from xlsxattn.compose.inputs import show_weights
from xlsxattn.compose.inspector import inspect
from xlsxattn.compose.mixture import Parts, take_apart
from xlsxattn.compose.rotation import Rotation
from xlsxattn.compose.sentences import SentencesComposer
from xlsxattn.compose.sources import Sources
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError
from xlsxattn.expression import ColumnCount, Input, Joined, Matrix, Step
from xlsxattn.notation.read import meant
from xlsxattn.outline import Setting

#: What the switch of a mask stands at.
MASKS = {"none": 0, "causal": 1, "window": 2}
#: Positions that are added to the embeddings, or may be.
EMBEDDED = ("none", "sinusoidal")


class AttentionComposer(AttentionPage):
    """Adds the steps of an attention to a story, and the bands that show them.

    The first one of a lesson tells what all of them read: ``begin`` comes before ``compose``.
    """

    def __init__(
        self, story: Story, place: str, choices: files.Attention, common: Common,
        first: bool = True, epoch: Epoch | None = None,
    ) -> None:  # fmt: skip
        super().__init__(story, place, choices, first)
        self.common, self.epoch, self.texts = common, epoch, story.texts
        self.sources = Sources(self, epoch)
        self.mask: notation_of.Mask | None = None
        if len(self.heads) % len(self.key_heads):
            raise LessonError(
                f"{place}.key_heads: expected a number that divides the {len(self.heads)} heads, "
                f"got {len(self.key_heads)}"
            )
        if not first and choices.positions in EMBEDDED:
            raise LessonError(
                f"{place}.positions: expected rotary or off, as the embeddings are those of the "
                f"first attention, got {choices.positions}"
            )

    def begin(self) -> None:
        """What all attentions read: settings, sentences and weights."""
        self.temperature()
        if not self.choices.from_ and not self.choices.source:
            self.mask = self.make_mask(
                (c.id, len(c.words), len(c.keys or c.words)) for c in self.specs
            )
        with_positions = self.choices.positions in EMBEDDED
        switch = self.positions_on() if with_positions else None
        told = SentencesComposer(self.story, self.choices.decimals, switch)
        self.common.sentences = told.compose(self.specs)
        if with_positions and not any(spec.words for spec in self.specs):
            raise LessonError(f"{self.place}.positions: expected contexts with words, got none")
        show_weights(self.story, "" if self.epoch is not None else self.choices.sheet)

    def compose(self) -> list[Context]:
        """Add everything; the contexts, for what builds on them."""
        temperature = self.temperature()
        self.add_contexts()
        if self.epoch is not None:
            self.epoch.show_start(self.contexts)
        parts: Parts = {
            (c.spec.id, head): self.sources.project(c, head)
            for c in self.contexts
            for head in self.heads
        }
        if self.mask is None:
            self.mask = self.make_mask(self.lengths(parts))
        if self.choices.positions == "rotary":
            Rotation(self, self.positions_on()).turn(parts)
        self.add_widths(parts)
        outputs = self.attend(parts, temperature)
        for group in self.groups():
            self.show(group)
        if self.choices.heads > 1:
            self.combine_heads(outputs)
        if self.choices.inspector is not None:
            inspect(self, self.choices.inspector, parts)
        if self.choices.mixture:
            take_apart(self, self.choices.mixture, parts)
        return self.contexts

    def attend(self, parts: Parts, temperature: Matrix) -> dict[str, list[Matrix]]:
        """What each head finds, by the context's id."""
        biases = Biases(self, self.sources)
        outputs: dict[str, list[Matrix]] = {}
        for head in self.heads:
            for context in self.contexts:
                Q, K, V = parts[context.spec.id, head]
                step = context.step(head)
                if self.meets(context):
                    rows, columns = operands(
                        self.story, Column(context, head, ""), "Scores", Q, K.T
                    )
                    Q, K = rows, columns.T
                output = notation_of.attention(
                    Q, K, V, step, temperature=temperature, mask=self.mask,
                    d_k=self.widths.get(context.tail(head)),
                    additive=self.additive(context, head),
                    bias=biases.of(context, head),
                    W_out=None if head else self.sources.weight("W_out"),
                )  # fmt: skip
                outputs.setdefault(context.spec.id, []).append(output)
        return outputs

    def meets(self, context: Context) -> bool:
        """Whether the scores themselves stand where queries and keys meet."""
        dotted = self.scores(context) != "additive"
        return self.is_alone() and dotted and "Scores" in self.on_board

    # --- settings ---

    def setting(self, name: str, value: float, choices: Iterable[float] = ()) -> Matrix:
        """A setting of the page: that of the first attention where it is the same."""
        choices = tuple(choices)
        known = self.common.settings.get(name)
        if known is None and self.first:
            known = self.common.settings[name] = self.story.setting(name, value, choices)
            self.story.settings.append(known)
        if known is not None and is_same(known.node, value, choices):
            return known.node
        own = self.story.setting(name, value, choices, self.block, self.whose)
        self.story.settings.append(own)
        return own.node

    def temperature(self) -> Matrix:
        """What scores are divided by."""
        node = self.setting("Temperature", self.choices.temperature)
        self.story.symbols[node] = "T"
        return node

    def positions_on(self) -> Matrix:
        """The switch of positions."""
        return self.setting("Positions_on", int(self.choices.positions != "none"), (0, 1))

    def make_mask(self, lengths: Iterable[tuple[str, int, int]]) -> notation_of.Mask | None:
        """The mask and its switch; ``lengths`` are how many queries and keys a context has."""
        if self.choices.mask == "off":
            return None
        window = self.choices.window
        # A window must leave every query something to look at, however few the keys are.
        lonely = [(of, queries, keys) for of, queries, keys in lengths if queries - keys > window]
        if lonely and self.choices.mask == "window":
            of, queries, keys = lonely[0]
            where = f"contexts.{of}" if self.place == "attention" else f"{self.place}.window"
            raise LessonError(
                f"{where}: expected at most {window} words more than keys under a window mask, "
                f"got {queries} and {keys}"
            )
        states = (0, 1) if lonely else (0, 1, 2)
        on = self.setting("Mask_on", MASKS[self.choices.mask], states)
        return notation_of.Mask(on, self.setting("Window", window))

    @staticmethod
    def lengths(parts: Parts) -> list[tuple[str, int, int]]:
        """How many queries and keys each context has."""
        return [(of, Q.rows, K.rows) for (of, _), (Q, K, _) in parts.items()]

    def add_widths(self, parts: Parts) -> None:
        """d_k once where all keys are equally wide, else one for each head and context."""
        scaled = {
            context.tail(head): parts[context.spec.id, head][1]
            for context in self.contexts
            for head in self.heads
            if self.scores(context) == "scaled-dot"
        }
        if len({key.columns for key in scaled.values()}) == 1:
            first = next(iter(scaled.values()))
            common = self.common.width
            if common is None or common.value[0, 0] != first.columns:
                common = self.add_width("" if self.first else self.block, first)
            if self.first:
                self.common.width = common
            self.widths = dict.fromkeys(scaled, common)
        else:
            self.widths = {tail: self.add_width(tail, key) for tail, key in scaled.items()}
        new = [width for width in self.widths.values() if width is not self.common.width]
        if self.choices.sheet and (self.first or new) and self.widths and self.epoch is None:
            self.show_widths()

    def add_width(self, tail: str, key: Matrix) -> Matrix:
        """The width of a key as a cell: a setting, or on the sheet of the attention."""
        width = Step(f"d_k{tail}", ColumnCount(key))
        self.story.keep(width)
        if not self.choices.sheet or self.epoch is not None:
            label = self.texts["settings"]["d_k"].replace("d_k", width.name)
            self.story.settings.append(Setting(width, label))
        return width

    # --- what is read ---

    def add_contexts(self) -> None:
        """Every sentence as this attention reads it."""
        for sentence in self.common.sentences:
            X, source = sentence.X, sentence.source
            if self.epoch is not None:
                X, source = self.epoch.input(X), self.epoch.input(source)
            other = source if self.first and source is not X else None  # in cross attention
            if self.choices.from_:
                X = self.earlier("from", self.choices.from_, sentence.suffix)
            source = X if other is None else other
            if self.choices.source:
                source = self.earlier("source", self.choices.source, sentence.suffix)
            record = notation_of.Steps(self.nodes, "", self.story.symbols)
            self.contexts.append(Context(sentence, self.block, record, X, source))

    def earlier(self, key: str, name: str, suffix: str) -> Matrix:
        """The earlier step that a key names, a context's own before one that all share."""
        node = self.nodes.get(name + suffix) or self.nodes.get(name)
        if node is None or node.is_text:
            raise LessonError(
                f"{self.place}.{key}: expected the name of an earlier step, got {name!r}"
                f"{meant(name, self.nodes)}"
            )
        return node

    def additive(self, context: Context, head: str) -> notation_of.Additive | None:
        if self.scores(context) != "additive":
            return None
        weights = []
        for name in ("W_query", "W_key", "W_score"):
            node = self.sources.weight(name, head)
            if node is None:
                raise LessonError(f"weights.{name}: expected for additive scores, got none")
            weights.append(node)
        return notation_of.Additive(*weights)

    def combine_heads(self, outputs: dict[str, list[Matrix]]) -> None:
        """The outputs of the heads side by side, times W_O and plus b_O where there are some."""
        W_O, b_O = self.sources.weight_and_bias("W_O", "b_O")
        for context in self.contexts:
            heads, step = outputs[context.spec.id], context.step()
            if W_O is None:
                step("Output", Joined("columns", heads))
            else:
                notation_of.combine_heads(heads, W_O, step, b_O)
        if W_O is not None:
            together = "[" + ", ".join(self.caption(head) for head in self.heads) + "]"
            self.band("Concatenated", self.whole(), "output", mathematics=together)
        self.band("Output", self.whole(), "output", heat=True)


def is_same(node: Matrix, value: float, choices: tuple[float, ...]) -> bool:
    """Whether a setting stands at a value and can be set to as much."""
    return isinstance(node, Input) and node.choices == choices and node.value[0, 0] == value
