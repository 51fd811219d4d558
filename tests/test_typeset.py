"""Names and powers in mathematics are set as in print."""

from __future__ import annotations

import re
from html import escape

import pytest

from xlsxattn.style import Role
from xlsxattn.writer.typeset import is_marked, runs

MATHEMATICS = Role("mathematics")


def pieces(text: str, role: Role = MATHEMATICS) -> list[tuple[str, str]]:
    """The pieces of a text with their vertical positions."""
    found = re.findall(r"<r><rPr>(.*?)</rPr><t [^>]*>(.*?)</t></r>", runs(text, role, escape))
    positions = [re.search(r'vertAlign val="(\w+)"', properties) for properties, _ in found]
    return [
        (piece, position[1] if position else "")
        for (_, piece), position in zip(found, positions, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X · W_Q", [("X · W", ""), ("Q", "subscript")]),
        ("√d_k / T", [("√d", ""), ("k", "subscript"), (" / T", "")]),
        ("W_Q_head1", [("W", ""), ("Q head1", "subscript")]),
        ("10000^(2i/d)", [("10000", ""), ("2i/d", "superscript")]),
        ("a^b_c", [("a", ""), ("b", "superscript"), ("_c", "")]),
        ("Attention − Published_attention", [("Attention − Published attention", "")]),
    ],
)
def test_pieces(text, expected):
    """An index is lowered, an exponent raised, and a long name has spaces."""
    joined: list[tuple[str, str]] = []
    for piece, position in pieces(text):
        if joined and joined[-1][1] == position:
            joined[-1] = joined[-1][0] + piece, position
        else:
            joined.append((piece, position))
    assert joined == expected


def test_only_where_it_is_mathematics():
    """Formulas and words stay as they are, and so does what has no index."""
    assert is_marked("W_Q", Role("note")) and is_marked("W_Q", Role("caption"))
    assert not is_marked("=SQRT(d_k)", Role("formula"))
    assert not is_marked("W_Q", Role("word"))
    assert not is_marked("X Xᵀ", MATHEMATICS)
    assert "".join(text for text, _ in pieces("W_Q, Scores_made", Role("note"))) == (
        "WQ, Scores_made"
    )
