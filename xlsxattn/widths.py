"""How wide texts are.

Widths and heights are added by ``fsum`` here and in the layout: ``sum`` rounds otherwise from
Python 3.12 on, and the file would depend on that.
"""

import unicodedata
from math import fsum

#: Signs that most fonts take from another one, in which they are as wide as Chinese.
BORROWED = frozenset("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
WIDE = 2.15  # of a Chinese character, in characters of the default font


def characters(text: str) -> float:
    """About how wide a text is, in characters of the default font: CJK counts double.

    Among Chinese characters quotes and dashes are as wide as those, for they come from the
    same font.
    """
    if text.isascii():
        return float(len(text))
    wide = "WFA" if any(unicodedata.east_asian_width(c) in "WF" for c in text) else "WF"
    return fsum(
        0.0
        if unicodedata.combining(c)
        else WIDE
        if c in BORROWED or unicodedata.east_asian_width(c) in wide
        else 1.0
        for c in text
    )


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: CJK takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
