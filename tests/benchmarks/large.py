"""Attention over n random words of d numbers, by the same code as a lesson."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import cast

import numpy as np
from writers import Action

from xlsxattn.expression import ColumnCount, Input, Matrix, Texts
from xlsxattn.labels import labels
from xlsxattn.layout import Layout, lay_out
from xlsxattn.lesson import Lesson
from xlsxattn.named_attention import Steps, attention
from xlsxattn.outline import Band, Block, Outline
from xlsxattn.texts import texts
from xlsxattn.writer import save


def attention_layout(n: int, d: int, form: str) -> Layout:
    """Q = X W_Q and so on, then every step of scaled dot-product attention, one under another."""
    random = np.random.RandomState(0)
    words = Texts.of(f"w{number}" for number in range(1, n + 1))
    X = Input("X", random.standard_normal((n, d)), words)
    temperature = Input("Temperature", [[1.0]])
    step = Steps()
    inputs: list[Matrix] = [temperature, X]
    sources = []
    for name in "QKV":
        W = Input(f"W_{name}", random.standard_normal((d, d)) / np.sqrt(d))
        inputs.append(W)
        sources.append(step(name, X @ W))
    attention(*sources, step, temperature=temperature, d_k=ColumnCount(sources[1]))
    nodes = [*inputs, *step.made.values()]
    bands = [_band(node, "" if node is temperature else "steps") for node in nodes]
    outline = Outline(
        lesson=cast(Lesson, None),  # a page has no need of the file that it comes from
        language="en",
        title=f"Attention over {n} words",
        subtitle="",
        bands=bands,
        claims=[],
        nodes={node.name: node for node in nodes},
        texts=texts("en"),
        form=form,
    )
    return lay_out(outline)


def _band(node: Matrix, sheet: str) -> Band:
    block = Block(
        node,
        row_labels=labels(node.row_labels, node.rows),
        column_labels=labels(node.column_labels, node.columns),
        caption=node.name,
        heat=node.name == "Attention",
    )
    return Band(node.name, node.name, "", "", [[block]], sheet=sheet)


def build(path: str, n: int, d: int, form: str = "auto") -> Action:
    def action() -> dict[str, float]:
        start = time.perf_counter()
        layout = attention_layout(n, d, form)
        laid_out = time.perf_counter() - start
        save([layout], Path(path), title="T", subject="S", language="en")
        runs = [run for sheet in layout.sheets for run in sheet.runs]
        cells = sum(run.area.rows * run.area.columns for run in runs)
        return {"cells": cells, "laid_out": laid_out, "bytes": Path(path).stat().st_size}

    return action


def load_in_ironcalc(path: str) -> Action:
    import ironcalc

    def action() -> dict[str, float]:
        start = time.perf_counter()
        model = ironcalc.load_from_xlsx(path, "en", "UTC", "en")
        loaded = time.perf_counter() - start
        model.evaluate()
        return {"load": loaded, "evaluate": time.perf_counter() - start - loaded}

    return action


def convert_in_libreoffice(path: str, limit: float) -> Action:
    """From .xlsx to .xlsx; -1 seconds where there is none, or it takes longer than the limit."""
    soffice = shutil.which("soffice")

    def action() -> dict[str, float]:
        if soffice is None:
            return {"convert": -1}
        with tempfile.TemporaryDirectory() as folder:
            command = [soffice, f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"]
            command += ["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
            start = time.perf_counter()
            process = subprocess.Popen(
                [*command, "--outdir", folder, path],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                process.wait(limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return {"convert": -1}
            return {"convert": time.perf_counter() - start}

    return action
