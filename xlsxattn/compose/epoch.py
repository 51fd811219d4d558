"""The first epoch of training: what it starts with, and how its steps stand on their sheet.

Attention reads its weights and embeddings from here, so that its own steps are the forward
pass of the first epoch; ``training`` goes on from there, and ``checker`` tries it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xlsxattn import lesson as files
from xlsxattn import training as notation_of
from xlsxattn.compose.contexts import Context
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError
from xlsxattn.expression import Matrix, Step
from xlsxattn.named_attention import Steps
from xlsxattn.outline import Band, Block, Lane

TRAINABLE = ("W_Q", "W_K", "W_V", "W_out")


class Epoch:
    """The steps of the first epoch, those that later ones copy, and the bands of its sheet."""

    def __init__(self, story: Story, choices: files.Training, attention: files.Attention) -> None:
        self.story, self.choices, self.nodes = story, choices, story.nodes
        require_trainable(story.lesson, attention)
        self.step = Steps(self.nodes, symbols=story.symbols)
        self.state = notation_of.State()
        self.contexts: list[Context] = []
        self.weights: dict[str, Step] = {}  # by the name of the start
        self.inputs: dict[Matrix, Step] = {}
        self.gradients: dict[Matrix, Step] = {}
        self.loss: Step | None = None
        self.optimiser = self.settings()
        for name in TRAINABLE:
            if name in story.lesson.weights:
                self.weights[name] = self.step(f"{name}_epoch1", self.nodes[name])
                story.symbols[self.weights[name]] = name
        self.optimiser.start(self.step, self.state)

    def settings(self) -> notation_of.Optimiser:
        """The optimiser, its settings as cells."""
        c, setting = self.choices, self.story.add_setting
        rate = setting("Learning_rate", c.learning_rate)
        if c.optimiser == "momentum":
            return notation_of.Momentum(rate, setting("Momentum", c.momentum))
        if c.optimiser == "adam":
            beta1, beta2 = setting("Beta1", c.beta1), setting("Beta2", c.beta2)
            return notation_of.Adam(rate, beta1, beta2, setting("Epsilon", c.epsilon))
        return notation_of.Optimiser(rate)

    def input(self, X: Matrix | None) -> Matrix | None:
        """A context's embeddings as they stand in each epoch, where all formulas read them."""
        if X is None or not X.name:
            return X
        if X not in self.inputs:
            self.inputs[X] = self.step(f"{X.name}_epoch1", X)
            self.story.symbols[self.inputs[X]] = self.story.symbols.get(X, X.name)
        return self.inputs[X]

    # --- bands ---

    def show_start(self, contexts: list[Context]) -> None:
        """What the epoch starts with: its number, the weights, the embeddings."""
        self.contexts = contexts
        if "Epoch_number" in self.nodes:
            self.band("Epoch_number", [self.nodes["Epoch_number"]], "t", decimals=0)
        for group in self.groups(self.weights):
            self.band("W_epoch", group.values(), ", ".join(group), captions=list(group))
        self.show_inputs()

    def show_inputs(self) -> None:
        """What each context reads, and in cross attention what it attends to, under its lane."""
        inputs = [context.X for context in self.contexts]
        sources = [None if c.source is c.X else c.source for c in self.contexts]
        self.band("X_epoch", inputs, "X", captions=self.captions())
        if any(sources):
            self.band(
                "X_source_epoch", sources, "X_source", captions=self.captions(),
                standard="X_source",
            )  # fmt: skip

    def groups(self, steps: Mapping[str, Matrix]) -> Iterator[dict[str, Matrix]]:
        """As many at a time as stand side by side: one for each context."""
        names, count = list(steps), len(self.contexts)
        for start in range(0, len(names), count):
            yield {name: steps[name] for name in names[start : start + count]}

    def captions(self) -> list[str]:
        return [context.title for context in self.contexts]

    def band(
        self, key: str, nodes: Iterable[Matrix | None], mathematics: str, *, sheet: str = "",
        captions: Iterable[str] = (), decimals: int | None = None, standard: str = "",
    ) -> Band:  # fmt: skip
        """A band of one block a lane, or none; the first of its key has a title and a sentence."""
        nodes, captions = list(nodes), list(captions)
        digits = self.choices.decimals if decimals is None else decimals
        lanes: list[Lane] = [
            []
            if node is None
            else [self.story.block(node, caption=captions[i] if captions else "", decimals=digits)]
            for i, node in enumerate(nodes)
        ]
        first = all(band.key != key for band in self.story.bands)
        band = self.story.band(
            key, mathematics, lanes, standard=standard, sheet=sheet or self.choices.sheet
        )
        if not first:
            band.title = band.note = ""
        return band

    def shown(self, sheet: str) -> list[Step]:
        return [
            block.node
            for band in self.story.bands
            if band.sheet == sheet
            for lane in band.lanes
            for block in lane
            if isinstance(block, Block) and isinstance(block.node, Step)
        ]

    def base_name(self, node: Matrix) -> str:
        """A step's name without its context."""
        for context in self.contexts:
            if context.suffix and node.name.endswith(context.suffix):
                return node.name.removesuffix(context.suffix)
        return node.name

    def copy(
        self, steps: list[Step], replaced: dict[Matrix, Matrix], tail: str
    ) -> dict[Matrix, Matrix]:
        twins = notation_of.copied(steps, replaced, lambda name: name + tail)
        for step in steps:
            self.story.keep(twins[step])
        return twins


def require_trainable(lesson: files.Lesson, attention: files.Attention) -> None:
    """LessonError where attention is not of the form that can be trained here."""
    sources = [
        getattr(where, letter) for where in (attention, *lesson.contexts) for letter in "QKV"
    ]
    for wrong, expected, came in (
        (attention.heads > 1, "one head", f"{attention.heads} heads"),
        (
            "additive" in (attention.scores, *(c.scores for c in lesson.contexts)),
            "dot-product scores",
            "additive ones",
        ),
        (attention.key_heads > 1, "one key-value head", f"{attention.key_heads}"),
        (attention.positions == "rotary", "positions in the embeddings", "rotary ones"),
        (bool(attention.bias), "no bias", f"{attention.bias!r}"),
        (
            bool(attention.from_ or attention.source),
            "attention over the words",
            f"from {attention.from_ or attention.source!r}",
        ),
        (bool(attention.name), "an attention without a name", f"{attention.name!r}"),
        (
            any(sources),
            "Q, K and V from W_Q, W_K and W_V",
            f"a formula {next(filter(None, sources), '')!r}",
        ),
        (any(c.shares for c in lesson.contexts), "words in each context", "shares"),
        (not lesson.contexts, "contexts", "none"),
        (attention.inspector is not None, "no inspector", "one"),
        (bool(attention.mixture), "no mixture", f"{attention.mixture!r}"),
        (attention.intersection, "no intersection", "one"),
        (
            bool(attention.sheet),
            "attention on the sheet of the epochs",
            f"sheet {attention.sheet!r}",
        ),
        (not set(lesson.weights) & set(TRAINABLE), f"some of {', '.join(TRAINABLE)}", "none"),
    ):
        if wrong:
            raise LessonError(f"training: expected {expected}, got {came}")
