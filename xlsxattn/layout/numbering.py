"""The numbers of headings."""

from __future__ import annotations

NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def numbered(number: int, title: str) -> str:
    """A title with the number of its heading, which is 0 where headings are not counted."""
    return f"{circled(number)} {title}" if number else title


def circled(number: int) -> str:
    """The number of a heading, from 1."""
    return NUMBERS[number - 1] if number <= len(NUMBERS) else f"({number})"
