"""Outlines: the labels of a block."""

from __future__ import annotations

from xlsxattn.expression import Texts, Words
from xlsxattn.labels import WordCell, labels
from xlsxattn.outline import Block


def test_no_labels() -> None:
    """What has no labels shows none."""
    assert labels(None, 3) == ()


def test_fixed_labels() -> None:
    """Fixed labels are shown as texts, not as their ids."""
    assert labels(Texts(("a", "b"), ("animal", "device")), 2) == ("animal", "device")


def test_words_are_live_labels() -> None:
    """The words of a sentence are repeated by reference, so that a change shows everywhere."""
    words = Words("Words", ("cat", "dog"))
    assert labels(words, 2) == (WordCell(words, 0), WordCell(words, 1))


def test_blocks_are_plain() -> None:
    """A block stands on its own unless it is told otherwise."""
    block = Block(Words("Words", ("cat",)))
    assert not block.attached
    assert not block.heat
    assert block.row_offset == 0
