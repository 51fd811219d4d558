"""What is added to scaled scores before softmax: a bias that has a name, or notation."""

from __future__ import annotations

from collections.abc import Callable

from xlsxattn import notation
from xlsxattn.builder.cutting import Manner
from xlsxattn.compose.attention_page import AttentionPage
from xlsxattn.compose.contexts import Context
from xlsxattn.compose.sources import Sources
from xlsxattn.errors import LessonError, within
from xlsxattn.expression import Matrix
from xlsxattn.functions.heads import BIASES


class Biases:
    """Makes the bias of each head and context a step, unless it is placed already."""

    def __init__(self, page: AttentionPage, sources: Sources) -> None:
        self.page, self.sources = page, sources

    def of(self, context: Context, head: str) -> Callable[[Matrix], Matrix] | None:
        """What makes the bias of the scores (n, m), or None where there is none."""
        if not self.page.choices.bias:
            return None

        def made(scores: Matrix) -> Matrix:
            bias = self.expression(scores, context, head)
            if bias.placed:
                return bias
            step = context.step(head)("Bias", bias)
            if step.shape == scores.shape:
                step.row_labels, step.column_labels = scores.row_labels, scores.column_labels
            return step

        return made

    def expression(self, scores: Matrix, context: Context, head: str) -> Matrix:
        """The bias of a name, or what notation gives, of a shape that can be added to scores."""
        choices, place = self.page.choices, f"{self.page.place}.bias"
        if choices.bias in BIASES:
            return BIASES[choices.bias](scores, self.page.heads.index(head), len(self.page.heads))
        resolve, known = self.sources.resolver(head, context), [*BIASES, *self.page.nodes]
        with within(place):
            manner = Manner("Bias" + context.tail(head), "Bias", "scores",
                            choices.decimals, choices.sheet)  # fmt: skip
            bias = self.page.story.cut(manner, notation.read(choices.bias, resolve, known=known))
        fits = bias.rows in (1, scores.rows) and bias.columns in (1, scores.columns)
        if not fits or bias.is_text:
            raise LessonError(f"{place}: expected numbers to add to {scores!r}, got {bias!r}")
        return bias
