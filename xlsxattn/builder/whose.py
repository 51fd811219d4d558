"""Whose a step is that a use of a block makes, as its name and its heading say it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True)
class Whose:
    """The ends of names, matrix, block, head, context, as in ``Scores_layer2_head1_cat``.

    ``title`` is what headings call the use.
    """

    block: str
    context: str
    title: str

    def named(self, matrix: str) -> str:
        """The full name of a matrix, which may end in a head."""
        stem, head = _split(matrix)
        return f"{stem}{self.block}{head}{self.context}"

    def part_names(self, step: str, kind: str, usual: bool) -> Iterator[str]:
        """What a part of a step may be called, the best name first; a ``usual`` kind, so alone."""
        if usual:
            yield self.named(kind)
        stem, head = _split(kind)
        yield self.named(f"{step}_{stem}{head}")
        for number in count(2):
            yield self.named(f"{step}_{stem}{number}{head}")

    def part_of(self, name: str, kind: str) -> str:
        """A part of a step of this use: the kind stands before the ends of its name."""
        if not name.endswith(self.context):
            return f"{name}_{kind}"
        stem, head = _split(name.removesuffix(self.context))
        if not stem.endswith(self.block):
            return f"{name}_{kind}"
        return self.named(f"{stem.removesuffix(self.block)}_{kind}{head}")

    def heading(self, title: str, head: str = "") -> str:
        """A heading: what it is, of which use, and of which head."""
        return " · ".join(text for text in (title, self.title, head) if text)


def _split(matrix: str) -> tuple[str, str]:
    """A name and the end that says its head."""
    stem, between, head = matrix.rpartition("_head")
    return (stem, between + head) if head.isdigit() else (matrix, "")
