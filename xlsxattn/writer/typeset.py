"""Mathematics in a cell as books print it: letters set lower or higher, no ``_`` and no ``^``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from xlsxattn.style import Look, Role, look

#: The kinds of cells in which names and powers are mathematics.
KINDS = ("mathematics", "heading", "subtitle", "caption", "label", "note", "text", "try")
# One letter with an index, ``W_Q``; a power, ``10000^(2i/d)``; a longer name, ``Scores_made``.
_MARKED = re.compile(
    r"(?<![^\W_])(?P<base>[^\W\d_])_(?P<below>[^\W_]+(?:_[^\W_]+)*)"
    r"|\^(?:\((?P<inside>[^()]*)\)|(?P<above>[^\W_]+))"
    r"|(?P<name>[^\W_]{2,}(?:_[^\W_]+)+)"
)


def is_marked(text: str, role: Role) -> bool:
    """Whether a text of a role has anything that is set lower or higher."""
    return role.kind in KINDS and not role.live and _MARKED.search(text) is not None


def plain(text: str, role: Role) -> str:
    """The characters of a text as they stand in its cell, wherever they are set."""
    if not is_marked(text, role):
        return text
    return "".join(piece for piece, _ in _pieces(text, role))


def runs(text: str, role: Role, escaped: Callable[[str], str]) -> str:
    """The runs of a text as XML; ``escaped`` makes a text fit for it."""
    found = look(role)
    return "".join(
        f"<r><rPr>{_properties(found, position)}</rPr>"
        f'<t xml:space="preserve">{escaped(piece)}</t></r>'
        for piece, position in _pieces(text, role)
    )


def _pieces(text: str, role: Role) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with its vertical position, empty for that of the line."""
    end = 0
    for match in _MARKED.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], ""
        end = match.end()
        if match["base"]:
            yield match["base"], ""
            yield match["below"].replace("_", " "), "subscript"
        elif match["name"]:
            spaced = role.kind == "mathematics"
            yield match["name"].replace("_", " ") if spaced else match["name"], ""
        else:
            yield match["inside"] or match["above"], "superscript"
    if end < len(text):
        yield text[end:], ""


def _properties(found: Look, position: str) -> str:
    """The font of a run; all of it, for a run takes nothing from its cell."""
    return (
        "<b/>" * found.bold
        + "<i/>" * found.italic
        + (f'<vertAlign val="{position}"/>' if position else "")
        + f'<sz val="{found.size:g}"/><color rgb="FF{found.colour}"/>'
        + f'<rFont val="{found.font}"/>'
    )
