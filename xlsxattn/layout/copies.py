"""The lanes of a sheet once more, over the counterparts of their nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xlsxattn.expression import Matrix
from xlsxattn.labels import labels
from xlsxattn.outline import Band, Block, Copy, Lane, head_rows


def copied(lane: Lane, copy: Copy) -> Lane:
    """The blocks of a lane that have a counterpart, as that counterpart's."""
    return [
        _twin(block, copy.nodes[block.node])
        for block in lane
        if isinstance(block, Block) and block.node in copy.nodes
    ]


def head_of(band: Band, copies: Sequence[Copy]) -> int:
    """The rows over the first matrices of a band, the same for all copies of it."""
    return head_rows([*band.lanes, *(copied(lane, copy) for copy in copies for lane in band.lanes)])


def _twin(block: Block, node: Matrix) -> Block:
    """A block for another node, with that node's own labels where its shape differs."""
    if node.shape == block.node.shape:
        return replace(block, node=node)
    rows, columns = labels(node.row_labels, node.rows), labels(node.column_labels, node.columns)
    return replace(block, node=node, row_labels=rows, column_labels=columns)
