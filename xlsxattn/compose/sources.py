"""Where the queries, keys and values of an attention come from: formulas, weights, shares.

A name means the most special matrix that there is: of the attention before one that all share,
and in it of a head and a context before one for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from xlsxattn import named_attention as notation_of
from xlsxattn import notation
from xlsxattn.builder.cutting import Manner
from xlsxattn.compose.attention_page import TONES, AttentionPage
from xlsxattn.compose.contexts import Context
from xlsxattn.compose.epoch import Epoch
from xlsxattn.errors import LessonError, within
from xlsxattn.expression import Matrix
from xlsxattn.functions.heads import share


class Sources:
    """Finds what the heads of an attention read, and makes steps of it."""

    def __init__(self, page: AttentionPage, epoch: Epoch | None) -> None:
        self.page, self.nodes, self.story, self.epoch = page, page.nodes, page.story, epoch
        #: Of the attention's own names first, where it has a name.
        self.blocks = list(dict.fromkeys((page.block, "")))
        self.made: dict[str, Matrix] = {}

    def project(self, context: Context, head: str) -> tuple[Matrix, Matrix, Matrix]:
        """Q, K and V of one context and head; a step each, unless it is placed already."""
        key_head = self.page.key_head(head)
        Q, K, V = (
            self.part(letter, context, head if letter == "Q" else key_head) for letter in "QKV"
        )
        return Q, K, V

    def part(self, letter: str, context: Context, head: str) -> Matrix:
        """Q, K or V of a head, or of a key-value head, which several heads may read."""
        name = letter + context.tail(head)
        if name not in self.made:
            source, own = self.source(letter, context, head)
            if head and not own:
                source = self.share(source, letter, head, context)
            self.made[name] = source if source.placed else context.step(head)(letter, source)
        return self.made[name]

    def weight(self, name: str, head: str = "") -> Matrix | None:
        """The most special weights of a name, in training those of the first epoch."""
        return self.weight_and_bias(name, "", head)[0]

    def weight_and_bias(
        self, name: str, bias: str, head: str = ""
    ) -> tuple[Matrix | None, Matrix | None]:
        """The most special weights of a name, and the bias that goes with them.

        To what an attention has for itself no bias is added that all of them share.
        """
        if self.epoch is not None and name in self.epoch.weights:
            return self.epoch.weights[name], self.nodes.get(bias)
        heads = list(dict.fromkeys((head, "")))
        for index, block in enumerate(self.blocks):
            tails = [block + of for of in heads if name + block + of in self.nodes]
            if tails:
                near = [b + of for b in self.blocks[: index + 1] for of in heads]
                found = (self.nodes[bias + tail] for tail in near if bias + tail in self.nodes)
                return self.nodes[name + tails[0]], next(found, None)
        return None, None

    def source(self, letter: str, context: Context, head: str) -> tuple[Matrix, bool]:
        """Where Q, K or V comes from, and whether that is for this head alone."""
        own = getattr(context.spec, letter) if self.page.first else ""
        formula: str = own or getattr(self.page.choices, letter)
        if formula:
            return self.written(letter, formula, context, head)
        base = context.X if letter == "Q" else context.source
        if base is None:
            raise LessonError(
                f"{self.page.place}.{letter}: expected words in contexts.{context.spec.id}, "
                "or a formula, got neither"
            )
        own_head = head if self.has_own(letter, head) else ""
        weights, bias = self.weight_and_bias(f"W_{letter}", f"b_{letter}", own_head)
        if weights is None:
            return base, False
        with within(f"{self.page.place}.{letter}"):
            return notation_of.projected(base, weights, bias), bool(own_head)

    def written(
        self, letter: str, formula: str, context: Context, head: str
    ) -> tuple[Matrix, bool]:
        """What notation gives, and whether it names something of this head alone."""
        words = re.findall(r"\w+", formula)
        own = bool(head) and any(
            word + block + head in self.nodes for word in words for block in self.blocks
        )
        with within(f"{self.page.place}.{letter}"):
            choices = self.page.choices
            expression = notation.read(formula, self.resolver(head, context), known=self.nodes)
            manner = Manner(letter + context.tail(head), letter, TONES[letter],
                            choices.decimals, choices.sheet)  # fmt: skip
            return self.story.cut(manner, expression), own

    def has_own(self, letter: str, head: str) -> bool:
        """Whether a head has weights of its own; LessonError where only others of it have."""
        heads = self.page.heads if letter == "Q" else self.page.key_heads
        for block in self.blocks if head else ():
            name = f"W_{letter}{block}"
            if name + head in self.nodes:
                return True
            if any(name + other in self.nodes for other in heads):
                raise LessonError(
                    f"weights.{name}{head}: expected weights for each head, or one {name} "
                    "for all, got none"
                )
            if name in self.nodes:
                return False
        return False

    def resolver(self, head: str, context: Context) -> Callable[[str], Matrix | None]:
        """Finds a name for a head of a context: the most special one that there is.

        A context that shares the words of another finds their embeddings too.
        """
        tails = [
            block + of
            for block in self.blocks
            for of in (head + context.suffix, context.suffix, head, "")
        ]
        sentence = context.sentence
        shared = {"X": sentence.X} if sentence.spec.shares else {}
        if shared and sentence.source is not sentence.X:
            shared["X_source"] = sentence.source
        return lambda name: next(
            (self.nodes[name + tail] for tail in tails if name + tail in self.nodes),
            shared.get(name),
        )

    def share(self, whole: Matrix, letter: str, head: str, context: Context) -> Matrix:
        """A head's share of the columns of a Q, K or V that all heads have in common."""
        heads = self.page.heads if letter == "Q" else self.page.key_heads
        if whole.columns % len(heads):
            key = "key_heads" if len(heads) < len(self.page.heads) else "heads"
            raise LessonError(
                f"{self.page.place}.{key}: expected a number that divides the {whole.columns} "
                f"columns of {letter}, got {len(heads)}"
            )
        if not whole.placed:
            name = letter + context.tail()
            if name not in self.made:
                self.made[name] = context.step()(letter, whole)
            whole = self.made[name]
        return share(whole, heads.index(head), len(heads))
