"""The sentences of a lesson: their words, embeddings and sinusoidal positions."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxattn import lesson as files
from xlsxattn import named_attention as notation_of
from xlsxattn.compose.contexts import Sentence
from xlsxattn.compose.live import live
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError
from xlsxattn.expression import Lookup, Matrix, Step, Words
from xlsxattn.outline import Lane


class SentencesComposer:
    """Adds the sentences to a story, and the bands that show them."""

    def __init__(self, story: Story, decimals: int, positions_on: Matrix | None) -> None:
        self.story, self.decimals, self.positions_on = story, decimals, positions_on
        self.sentences: list[Sentence] = []

    def compose(self, specs: Sequence[files.Context]) -> list[Sentence]:
        """Add everything; ``positions_on`` switches positions, where there are some."""
        for spec in specs:
            self.sentences.append(self.sentence(spec, "" if len(specs) == 1 else f"_{spec.id}"))
        for tail in ("", "_source"):
            self.show(tail)
        return self.sentences

    def sentence(self, spec: files.Context, suffix: str) -> Sentence:
        step = notation_of.Steps(self.story.nodes, suffix, self.story.symbols)
        X = source = self.story.nodes.get("X")
        if spec.shares:
            shared = next(one for one in self.sentences if one.spec.id == spec.shares)
            X, source = shared.X, shared.source
        elif spec.words:
            X = source = self.embed("", spec.words, step)
            if spec.keys:
                source = self.embed("_source", spec.keys, step)
        title = live(self.story, spec.title, f"contexts.{spec.id}.title") if suffix else ""
        return Sentence(spec, title, suffix, X, source)

    def embed(self, tail: str, words: Sequence[str], step: notation_of.Steps) -> Step:
        """The words of a sentence as cells, and their embeddings (n, d) looked up live."""
        vocabulary, listed = self.story.vocabulary, self.story.vocabulary_words
        if vocabulary is None or listed is None:
            raise LessonError("contexts: expected a [vocabulary] for the contexts, got none")
        cells = Words(f"Words{tail}{step.suffix}", words, choices=listed)
        self.story.keep(cells)
        embeddings = Lookup(cells, listed, vocabulary)
        if self.positions_on is None:
            return step(f"X{tail}", embeddings)
        placed = step(f"Embeddings{tail}", embeddings)
        waves = notation_of.positions(placed, step.within(tail + step.suffix))
        return step(f"X{tail}", placed + self.positions_on * waves)

    # --- bands ---

    def show(self, tail: str) -> None:
        """The embeddings of the sentences, or of those that they attend to."""
        shown = [one for one in self.sentences if one.spec.words and not one.spec.shares]
        shown = [one for one in shown if f"X{tail}{one.suffix}" in self.story.nodes]
        if not shown:
            return
        mathematics = "X" if not tail else "X_source"
        if self.positions_on is not None:
            lanes = self.lanes(f"Embeddings{tail}", shown)
            self.story.band(f"Embeddings{tail}", "E", lanes, "input", standard="Embeddings")
            self.show_positions(tail, shown)
            mathematics = "E + P"
        self.story.band(f"X{tail}", mathematics, self.lanes(f"X{tail}", shown), "input")

    def show_positions(self, tail: str, shown: Sequence[Sentence]) -> None:
        lanes = self.lanes(f"Positions{tail}", shown)
        for lane, one in zip(lanes, shown, strict=True):
            number = self.story.nodes[f"Position_number{tail}{one.suffix}"]
            lane.append(self.story.beside(number, "pos", decimals=0))
        self.story.band(f"Positions{tail}", "sin, cos (pos / divisor)", lanes, standard="Positions")
        lanes = self.lanes(f"Divisor{tail}", shown, decimals=0)
        self.story.band(f"Divisor{tail}", "10000^(2i/d)", lanes, standard="Divisor")

    def lanes(
        self, name: str, shown: Sequence[Sentence], decimals: int | None = None
    ) -> list[Lane]:
        """A lane for each sentence with its matrix of that name."""
        digits = self.decimals if decimals is None else decimals
        return [
            [self.story.block(
                self.story.nodes[name + one.suffix], caption=one.title, decimals=digits
            )]
            for one in shown
        ]  # fmt: skip
