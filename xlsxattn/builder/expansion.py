"""An outline as named formulas: what ``check`` computes again, without any expression.

Names, shares of heads, what stands for what: all that is decided once, when the outline is
made. What the formulas give is computed twice, by nodes and by the reference.
"""

from __future__ import annotations

from collections.abc import Iterable

from xlsxattn.expression import (
    Continued,
    Input,
    Labels,
    Matrix,
    Step,
    Texts,
    Verdict,
    Words,
    postorder,
)
from xlsxattn.notation import write
from xlsxattn.reference.program import Definition, LabelSource, Program


def expand(nodes: Iterable[Matrix]) -> Program:
    """The definition of every named node, each after those that it reads."""
    named = [node for node in nodes if node.name]
    chosen = set(named)
    return [_definition(node) for node in postorder(*named) if node in chosen]


def _definition(node: Matrix) -> Definition:
    rows, columns = _source(node.row_labels), _source(node.column_labels)
    if isinstance(node, (Input, Words)):
        own = _source(node) if isinstance(node, Words) else rows
        return Definition(node.name, "", own, columns)
    assert isinstance(node, Step)
    if isinstance(node.expression, Verdict):
        verdict = node.expression
        when = "" if verdict.when is None else write(verdict.when)
        return Definition(node.name, write(verdict.condition), rows, columns, True, when)
    if isinstance(node.expression, Continued):
        return _written(node, node.expression, rows)
    return Definition(node.name, write(node.expression), rows, columns)


def _written(step: Step, written: Continued, rows: LabelSource) -> Definition:
    """Rows that are typed and then follow from others; words label themselves."""
    own = step.name if step.is_text else rows
    follows = "" if written.follows is None else written.follows.name
    return Definition(
        step.name, write(written.typed), own, _source(step.column_labels), follows=follows,
        length=step.rows, blank=written.blank,
    )  # fmt: skip


def _source(labels: Labels | None) -> LabelSource:
    if labels is None:
        return None
    if isinstance(labels, Texts):
        return list(zip(labels.ids, labels.texts, strict=True))
    return labels.name
