"""Training by labels: what one word comes to mean in each sentence, by cross-entropy.

The word asks the same question in every sentence, and without positions a word answers alike in
all of them. So there is one row of scores, over the whole vocabulary; a mask leaves each
sentence, a row of its own from then on, the words that it has.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlsxattn import lesson as files
from xlsxattn import training as notation_of
from xlsxattn.compose.epoch import Epoch
from xlsxattn.compose.inputs import show_weights_in_a_row
from xlsxattn.compose.story import Story
from xlsxattn.compose.training import Objective, TrainingComposer
from xlsxattn.errors import LessonError, within
from xlsxattn.expression import (
    MASKED,
    ColumnCount,
    Input,
    Joined,
    Lookup,
    Matrix,
    Reduction,
    Step,
    Texts,
    Words,
)
from xlsxattn.functions.heads import attention_weights
from xlsxattn.functions.tables import mean, sqrt
from xlsxattn.functions.words import one_hot
from xlsxattn.named_attention import Steps, projected
from xlsxattn.outline import Band, Lane

#: The steps of a forward pass as they stand under one another: name, tone, and the column that
#: is attached at the right, with what the interface calls it.
SHOWN = (
    ("Q", "query", "", ""),
    ("K", "key", "", ""),
    ("V", "value", "", ""),
    ("Scores", "scores", "", ""),
    ("Scaled", "scores", "RowMax", "maximum"),
    ("Exponentials", "scores", "RowSum", "sum"),
    ("Attention", "scores", "", ""),
    ("Attended", "output", "", ""),
    ("Output", "output", "", ""),
    ("Logits", "output", "ClassMax", "maximum"),
    ("ClassExponentials", "output", "ClassSum", "sum"),
    ("Probabilities", "output", "", ""),
    ("CrossEntropy", "output", "", ""),
)
HEAT = ("Attention", "Probabilities")


class LabelledComposer:
    """Adds sentences with labels to a story, and the training of attention by them."""

    def __init__(self, story: Story, attention: files.Attention, choices: files.Training) -> None:
        self.story, self.attention, self.choices = story, attention, choices
        self.nodes = story.nodes
        self.epoch = Epoch(story, choices, attention)
        self.step = self.epoch.step

    def compose(self) -> None:
        """Everything: sentences, the first epoch, those after it, the sentences kept aside."""
        assert self.story.vocabulary is not None
        temperature = self.story.add_setting("Temperature", self.attention.temperature)
        self.story.symbols[temperature] = "T"
        show_weights_in_a_row(self.story)
        self.tell_word()
        contexts = self.story.lesson.contexts
        learned = [context for context in contexts if not context.aside]
        aside = [context for context in contexts if context.aside]
        mask, targets = self.tell_sentences(learned, "")
        self.forward(mask, targets, temperature)
        loss = mean(self.nodes["CrossEntropy"])
        training = TrainingComposer(self.epoch)
        training.compose(Objective(loss, "mean −ln p", "Loss_classes", tall=True))
        if aside:
            mask, targets = self.tell_sentences(aside, "_aside")
            self.judge_aside(mask, targets, temperature, training.last)

    # --- what is read ---

    def tell_word(self) -> None:
        """The word whose output is judged, and its embedding (1, d), on the page."""
        listed, vocabulary = self.story.vocabulary_words, self.story.vocabulary
        assert listed is not None and vocabulary is not None
        asking = Words("Words", [self.choices.row], choices=listed)
        self.story.keep(asking)
        X = self.step("X", Lookup(asking, listed, vocabulary))
        self.story.band("X", "X", [[self.story.block(X)]], "input", standard="X_judged")

    def tell_sentences(self, contexts: Sequence[files.Context], tail: str) -> tuple[Matrix, Matrix]:
        """Sentences on a sheet of their own: which words each has (n, v), and its class (n, c)."""
        listed, W_class = self.story.vocabulary_words, self.nodes["W_class"]
        assert listed is not None
        found: list[Matrix] = []
        for context in contexts:
            typed = Words(f"Words_{context.id}", context.words, choices=listed)
            self.story.keep(typed)
            rows = self.step(f"OneHot_{context.id}", one_hot(typed, listed), typed)
            self.band(f"OneHot{tail}", rows, "", caption=self.title(context), decimals=0)
            found.append(Reduction("max", "column", rows))
        names = Texts(tuple(context.id for context in contexts), tuple(map(self.title, contexts)))
        mask = self.step(f"Mask{tail}", Joined("rows", found), names, listed)
        self.band(f"Mask{tail}", mask, "1, 0", decimals=0, standard="Mask_sentences")
        classes = W_class.column_labels
        if not isinstance(classes, Texts):
            raise LessonError("weight_columns.W_class: expected the names of the classes, got none")
        for context in contexts:
            if context.label not in classes.ids:
                raise LessonError(
                    f"contexts.{context.id}.label: expected one of {', '.join(classes.ids)}, "
                    f"got {context.label!r}"
                )
        told = [[float(context.label == name) for name in classes.ids] for context in contexts]
        targets = Input(f"Targets{tail}", told, names, classes)
        self.story.keep(targets)
        self.band(f"Targets{tail}", targets, "1, 0", decimals=0, standard="Targets")
        return mask, targets

    def title(self, context: files.Context) -> str:
        """What a sentence is called: its title, or its words."""
        return self.story.text(context.title) or " ".join(context.words)

    # --- forward ---

    def forward(self, mask: Matrix, targets: Matrix, temperature: Matrix) -> None:
        """The forward pass of the first epoch, on the sheet of the epochs."""
        epoch, story = self.epoch, self.story
        X, words = epoch.input(self.nodes["X"]), epoch.input(self.story.vocabulary)
        assert X is not None and words is not None
        weights, step = epoch.weights, self.step
        Q = step("Q", X @ weights["W_Q"]) if "W_Q" in weights else X
        K = step("K", words @ weights["W_K"]) if "W_K" in weights else words
        V = step("V", words @ weights["W_V"]) if "W_V" in weights else words
        self.asked = {"Q": Q, "K": K, "V": V, "W_out": weights.get("W_out")}
        if self.attention.scores == "scaled-dot":
            width = Step("d_k", ColumnCount(K))
            story.keep(width)
            self.band("d_k", width, "", decimals=0)
        self.judge(self.asked, mask, targets, temperature, step)
        epoch.show_weights()
        epoch.band("X_epoch", [X], "X", standard="X_epoch_judged")
        epoch.band("Vocabulary_epoch", [words], "")
        self.show("", self.choices.sheet)

    def judge(
        self, asked: dict[str, Matrix | None], mask: Matrix, targets: Matrix,
        temperature: Matrix, step: Steps,
    ) -> None:  # fmt: skip
        """Attention of the word (1, d) in each sentence of a mask (n, v), and what it costs."""
        Q, K, V, W_out = (asked[name] for name in ("Q", "K", "V", "W_out"))
        assert Q is not None and K is not None and V is not None
        width = self.nodes.get("d_k")
        divisors = [temperature] if width is None else [sqrt(width), temperature]
        weights = attention_weights(
            Q, K, step, divisors=divisors, bias=lambda _: (1 - mask) * MASKED
        )  # (n, v)
        if W_out is None:
            output = step("Output", weights @ V)
        else:
            output = step("Output", projected(step("Attended", weights @ V), W_out))
        with within("weights.W_class"):
            logits = step("Logits", output @ self.nodes["W_class"])
        notation_of.cross_entropies(logits, targets, step)

    def judge_aside(
        self, mask: Matrix, targets: Matrix, temperature: Matrix, last: dict[Matrix, Matrix]
    ) -> None:
        """The sentences kept aside, over the weights of the last epoch."""
        asked = {name: node if node is None else last[node] for name, node in self.asked.items()}
        self.judge(asked, mask, targets, temperature, self.step.within("_aside"))
        self.show("_aside", self.choices.sentence_sheet)

    # --- bands ---

    def show(self, tail: str, sheet: str) -> None:
        """The bands of a forward pass, those of its steps that there are."""
        for name, tone, attached, header in SHOWN:
            node = self.nodes.get(name + tail)
            if not isinstance(node, Step):
                continue
            band = self.band(
                name + tail, node, self.story.mathematics(node.expression), sheet=sheet,
                tone=tone, heat=name in HEAT, standard=self.standard(name),
            )  # fmt: skip
            if attached:
                part, shown = self.nodes[attached + tail], self.story.interface[header]
                block = self.story.beside(part, shown, decimals=self.choices.decimals)
                band.lanes[0].append(block)

    def standard(self, name: str) -> str:
        """What the texts call a step, which may read otherwise where one word asks."""
        own = f"{name}_judged"
        return own if own in self.story.texts["steps"] else name

    def band(
        self, key: str, node: Matrix, mathematics: str, *, standard: str = "", sheet: str = "",
        caption: str = "", decimals: int | None = None, tone: str = "neutral", heat: bool = False,
    ) -> Band:  # fmt: skip
        """A band of one block; of several with one key, the first has the heading."""
        digits = self.choices.decimals if decimals is None else decimals
        lanes: list[Lane] = [
            [self.story.block(node, caption=caption, decimals=digits, tone=tone, heat=heat)]
        ]
        first = all(band.key != key for band in self.story.bands)
        sheet = sheet or self.choices.sentence_sheet
        band = self.story.band(key, mathematics, lanes, tone, standard=standard, sheet=sheet)
        if not first:
            band.title = band.note = ""
        return band
