"""Every step of a lesson derived by hand in plain NumPy, backward pass included.

This is the judge, so it shares nothing with what it judges: no expressions, no printer,
no layout. It knows a lesson's structure and computes eagerly, the way one would write
attention by hand. An absent word gives NaN, as a dash stands in its place in the sheet.
"""

from __future__ import annotations

import re

import numpy as np

from by_hand.attention import ByHand
from by_hand.tables import Array, Labels, Named, Table, labels_of
from by_hand.training import train
from xlsxattn.lesson import Lesson, Step
from xlsxattn.reference.formulas import evaluate, verdict

__all__ = ["Array", "Named", "Table", "evaluate", "recompute"]


def recompute(lesson: Lesson, inputs: dict[str, Array], language: str = "en") -> Table:
    """Every input and step by name. ``inputs`` are the typed matrices, words as text.

    ``language`` is that of the labels that a step may show as its result.
    """
    table: Table = {}
    for name, values in inputs.items():
        table[name] = Named(values)
    _label_inputs(lesson, table, language)
    with np.errstate(all="ignore"):
        if lesson.attention is not None:
            attention = ByHand(lesson, lesson.attention, table)
            needed = _steps_before(lesson)
            attention.compute(lambda: [_own_step(step, table, language) for step in needed])
            if lesson.training is not None:
                train(lesson, lesson.training, table, attention.forward)
        for step in lesson.steps:
            if step.name not in table:
                _own_step(step, table, language)
        for claim in lesson.claims:
            if claim.holds:
                shown = verdict(claim.holds, claim.when, table)
                table[f"Claim_{claim.name}"] = Named(np.array([[shown]], dtype=object))
    return table


def _steps_before(lesson: Lesson) -> list[Step]:
    """The steps that attention reads, and all before them."""
    assert lesson.attention is not None
    sources = [one for of in (*lesson.contexts, lesson.attention) for one in (of.Q, of.K, of.V)]
    read = " ".join([*sources, lesson.attention.from_])
    last = [i for i, step in enumerate(lesson.steps, 1) if re.search(rf"\b{step.name}\b", read)]
    return lesson.steps[: max(last, default=0)]


def _label_inputs(lesson: Lesson, table: Table, language: str) -> None:
    dimensions: Labels = None
    if lesson.vocabulary is not None:
        dimensions = labels_of(dict(lesson.vocabulary.columns), language)
        table["Vocabulary"].rows = list(table["Vocabulary_words"].values[:, 0])
        table["Vocabulary"].columns = dimensions
    for name in lesson.weights:
        table[name].columns = labels_of(lesson.weight_columns.get(name, []), language)
        rows, columns = table[name].values.shape
        if dimensions is not None and name == "W_O":
            if columns == len(dimensions):
                table[name].columns = table[name].columns or dimensions
        elif dimensions is not None and rows == len(dimensions):
            table[name].rows = dimensions
    for matrix in lesson.inputs:
        table[matrix.name].rows = labels_of(matrix.rows, language)
        table[matrix.name].columns = labels_of(matrix.columns, language)


def _own_step(step: Step, table: Table, language: str) -> None:
    if step.rows:
        parts = []
        for part in step.rows:
            table[part.name] = evaluate(part.formula, table)
            parts.append(table[part.name])
        names = [part.name for part in step.rows]
        rows = names if sum(len(part.values) for part in parts) == len(parts) else None
        stacked = np.concatenate([part.values for part in parts])
        table[step.name] = Named(stacked, rows, parts[0].columns)
    else:
        table[step.name] = evaluate(step.formula, table)
    if step.columns:
        table[step.name].columns = labels_of(step.columns, language)
    if step.row_labels:
        table[step.name].rows = labels_of(step.row_labels, language)
