"""Rotary positions: queries and keys turned by an angle that grows with their place."""

from __future__ import annotations

from xlsxattn.compose.attention_page import Angles, AttentionPage
from xlsxattn.compose.contexts import Context
from xlsxattn.errors import LessonError
from xlsxattn.expression import Matrix
from xlsxattn.functions.heads import angles, turned


class Rotation:
    """Turns the queries and keys of an attention; its switch at 0 leaves them as they are."""

    def __init__(self, page: AttentionPage, switch: Matrix) -> None:
        self.page, self.switch = page, switch
        self.divisors: dict[int, Matrix] = {}  # by the width of a key
        self.turned: dict[str, Matrix] = {}  # by name: heads may share their keys

    def turn(self, parts: dict[tuple[str, str], tuple[Matrix, Matrix, Matrix]]) -> None:
        """Put what is turned in the place of the queries and keys of each context and head."""
        for context in self.page.contexts:
            for head in self.page.heads:
                Q, K, V = parts[context.spec.id, head]
                if Q.columns != K.columns:
                    raise LessonError(
                        f"{self.page.place}: expected keys of {Q.columns} columns for {Q!r}, "
                        f"got {K!r}"
                    )
                Q = self.rotated("Q", Q, context, head)
                K = self.rotated("K", K, context, self.page.key_head(head))
                parts[context.spec.id, head] = Q, K, V

    def rotated(self, letter: str, node: Matrix, context: Context, head: str) -> Matrix:
        """Queries or keys (n, d) as a step in which each pair of columns is turned."""
        name = f"{letter}_rotated"
        if name + context.tail(head) in self.turned:
            return self.turned[name + context.tail(head)]
        if node.columns % 2:
            raise LessonError(
                f"{self.page.place}.positions: expected an even number of columns to turn in "
                f"pairs, got {node!r}"
            )
        by = self.angles(letter, node, context, head)
        step = context.step(head)(name, turned(node, by), node.row_labels, node.column_labels)
        return self.turned.setdefault(step.name, step)

    def angles(self, letter: str, node: Matrix, context: Context, head: str) -> Matrix:
        """The angles (n, d/2) of some rows, made once for all that have the same labels."""
        for one in self.page.angles:
            same = (node.rows, node.columns // 2), node.row_labels, context
            if (one.angles.shape, one.angles.row_labels, one.context) == same:
                return one.angles
        kind = "Angles" if letter == "Q" else "Angles_source"

        def part(name: str, made: Matrix) -> Matrix:
            """A step for all heads; of another width than before, for one of them."""
            if name == "Divisors":
                return self.divisors_of(node.columns, made, context, head)
            taken = kind + context.tail() in self.page.nodes
            return context.step(head if taken else "")(kind, made, node.row_labels)

        found = angles(node, node.columns, part, speed=self.switch)
        self.page.angles.append(Angles(kind, context, found, self.divisors[node.columns]))
        return found

    def divisors_of(self, width: int, made: Matrix, context: Context, head: str) -> Matrix:
        """The divisors (1, d/2) of a width, the same in every context."""
        if width not in self.divisors:
            taken = "Divisors" + self.page.block in self.page.nodes
            tail = context.tail(head) if taken else self.page.block
            self.divisors[width] = context.record.within(tail)("Divisors", made)
        return self.divisors[width]
