"""Words that are looked up in a long list: a product is quicker than to search in every cell."""

from __future__ import annotations

from xlsxattn.expression import Lookup, Matrix

#: So many comparisons of words, and a lookup in a large workbook is a product too.
LONG_SEARCH = 200_000


def is_long_search(node: Matrix) -> bool:
    """Whether a MATCH in every cell would take a spreadsheet longer than a product does."""
    if not isinstance(node, Lookup) or not node.strict:
        return False
    return node.rows * node.columns * node.table.rows > LONG_SEARCH
