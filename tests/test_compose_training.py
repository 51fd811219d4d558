"""The training part of a story: gradients in their places, epochs alike, faults found."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from by_hand import recompute as recompute_by_hand
from conftest import Workbooks
from tools import (
    TRAINING,
    build_text,
    cell_of,
    consistent,
    errors_in,
    need,
    plant,
    plant_rule,
    replaced,
    trained_by,
    values_of,
)

from xlsxattn import lesson as files
from xlsxattn.a1 import address, parse_address
from xlsxattn.check import Report, check
from xlsxattn.compose import compose
from xlsxattn.compose.training import milestones
from xlsxattn.engines import Recalculate, Values, Wanted, engine
from xlsxattn.errors import LessonError
from xlsxattn.expression import Input, Step, Words
from xlsxattn.layout import Layout, lay_out
from xlsxattn.lesson import LIMITS
from xlsxattn.outline import Band, Block, Outline
from xlsxattn.saved import Change, Saved, read

WEIGHTS = ("W_Q", "W_K", "W_V", "W_out")
FORWARD = ("Q", "K", "V", "Scores", "Scaled", "Exponentials", "Attention", "Attended", "Output")
CROSS = replaced('words = ["dog", "mouse", "runs"]',
                 'words = ["dog", "mouse", "runs"]\nkeys = ["cat", "runs"]', TRAINING)  # fmt: skip
#: The lesson with other choices; each with another optimiser than the one before it.
ONE = (
    TRAINING.partition('[[contexts]]\nid = "two"')[0]
    + TRAINING.partition('["dog", "mouse", "runs"]\n')[2]
)
VARIANTS = {
    "plain": TRAINING,
    "momentum": trained_by("momentum"),
    "adam": trained_by("adam"),
    "cross": CROSS,
    "masked": replaced("[attention]\n", '[attention]\nmask = "causal"\n', trained_by("momentum")),
    "positions": replaced("[attention]\n", '[attention]\npositions = "sinusoidal"\n',
                          trained_by("adam")),
    "few weights": trained_by("adam").replace("W_Q =", "#").replace("W_V =", "#")
    .replace("W_out =", "#").replace("W_K = [[0.75, 0.25], [-0.5, 0.5], [0.25, -0.25]]",
                                     "W_K = [[1.0, 0, 0], [0, 0.5, 0.25], [0, -0.25, 0.5]]"),
    "one context": replaced('"gradient-descent"', '"momentum"', ONE),
}  # fmt: skip
every = pytest.mark.parametrize("name", VARIANTS)


@cache
def planned(text: str) -> tuple[Outline, Layout]:
    lesson = files.parse(tomllib.loads(text))
    files.validate(lesson, "en")
    content = compose(lesson, "en")
    return content, lay_out(content)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("training")
    return {name: build_text(text, folder / f"{name}.xlsx") for name, text in VARIANTS.items()}


def band_with(content: Outline, name: str) -> Band:
    found = [
        band
        for band in content.bands
        if any(isinstance(b, Block) and b.node.name == name for lane in band.lanes for b in lane)
    ]
    assert len(found) == 1, name
    return found[0]


# --- every variant is right -----------------------------------------------------------


@every
def test_check_is_well(name: str, built: dict[str, Path]) -> None:
    """`check` proves every gradient and every epoch, with each optimiser."""
    report = check(built[name])
    assert report.problems == []
    assert {s.name for s in report.steps} >= {"Losses", "Loss_epoch4", "Gradient_check"}


@every
def test_other_weights_in_an_engine(name: str, built: dict[str, Path]) -> None:
    """Other starting weights and another rate move every epoch."""
    saved = read(built[name])
    changes: list[tuple[str, str, float | str]] = [
        (area.sheet, address(*cell), round(0.1 * (index % 7) - 0.25, 3))
        for weight in WEIGHTS
        if (area := saved.names.get(weight)) is not None
        for index, cell in enumerate(area.cells())
    ]
    before = engine("ironcalc")(built[name], [])
    after = engine("ironcalc")(built[name], changes)
    losses = saved.names["Losses"]
    for (old,), (new,) in zip(values_of(before, losses), values_of(after, losses), strict=True):
        assert old != new


# --- names and places -----------------------------------------------------------------


@every
def test_every_gradient_is_named(name: str) -> None:
    """Each weight and each step between them and the loss has a gradient, of its shape."""
    content, _ = planned(VARIANTS[name])
    nodes = content.nodes
    contexts = [f"_{c.id}" for c in content.lesson.contexts]
    contexts = contexts if len(contexts) > 1 else [""]
    weights = [w for w in WEIGHTS if w in content.lesson.weights]
    steps = [step + c for step in ("Output", "Scores", "Attention") for c in contexts]
    steps += [l + c for l in "QKV" for c in contexts if f"W_{l}" in weights]  # noqa: E741
    for step in [*weights, *steps]:
        assert nodes[f"d{step}"].shape == nodes[step].shape
        assert nodes[f"d{step}_epoch4"].shape == nodes[step].shape


@every
def test_gradients_stand_beside(name: str) -> None:
    """A gradient stands in the rows of what it belongs to, and further right."""
    content, layout = planned(VARIANTS[name])
    names = layout.names
    gradients = [n for n in names if re.match(r"d[A-Z]", n) and "epoch" not in n]
    assert gradients
    for gradient in gradients:
        step = gradient.removeprefix("d")
        step = f"{step}_epoch1" if step in WEIGHTS else step
        assert names[gradient].sheet == names[step].sheet == "epochs"
        assert names[gradient].row == names[step].row
        assert names[gradient].column > names[step].last_column
        assert names[gradient].shape == names[step].shape
        band = band_with(content, gradient)
        assert band is band_with(content, step)


def test_gradients_have_a_heading() -> None:
    """Over the gradients stands what they are, and at the right end how they come about."""
    content, _ = planned(TRAINING)
    for step, mathematics in {
        "Output_one": "2 × (Output − X) × (1 / 15)",
        "Attended_one": "∂Output W_outᵀ",
        "Scores_one": "∂Scaled / T / √d_k",
        "K_two": "∂Scoresᵀ Q",
        "V_two": "Attentionᵀ ∂Attended",
    }.items():
        band = band_with(content, step)
        assert band.second is not None
        assert (band.second.lane, band.second.title) == (2, f"∂L/∂{step.partition('_')[0]}")
        assert band.second.mathematics == mathematics
        assert len(band.lanes) == 4
    band = band_with(content, "W_Q_epoch1")
    assert band.second is not None
    assert (band.second.lane, band.second.title) == (2, "∂L/∂W_Q, ∂L/∂W_K")
    assert band.second.mathematics == "Xᵀ ∂Q,  Xᵀ ∂K"


@pytest.mark.parametrize(
    ("name", "step", "mathematics"),
    [
        ("cross", "W_V_epoch1", "X_sourceᵀ ∂V + Xᵀ ∂V,  Attendedᵀ ∂Output"),
        ("masked", "Scaled_one", "where(Mask = 1, ∂Masked, 0)"),
        ("masked", "Masked_one", "∂Exponentials × Exponentials"),
        ("few weights", "Attention_one", "∂Output Xᵀ"),
        ("few weights", "K_one", "∂Scoresᵀ X"),
        ("plain", "Updated_W_Q", "W − η · ∂L/∂W"),
        ("momentum", "Updated_W_Q", "W − η u"),
        ("momentum", "Velocity_W_Q", "u ← μ u + ∂L/∂W"),
        ("adam", "Updated_W_Q", "W − η m̂ / (√v̂ + ε)"),
        ("adam", "Mean_W_Q", "m ← β₁ m + (1 − β₁) ∂L/∂W"),
        ("adam", "Square_W_Q", "v ← β₂ v + (1 − β₂) (∂L/∂W)²"),
    ],
)
def test_mathematics_follows_the_choices(name: str, step: str, mathematics: str) -> None:
    """What is written over a band is what its formulas do, forward or backward."""
    band = band_with(planned(VARIANTS[name])[0], step)
    second = "" if band.second is None else band.second.mathematics
    assert mathematics in (band.mathematics, second)


def test_first_gradients_are_short() -> None:
    """The formulas of the first epoch are those that one would write by hand."""
    _, layout = planned(TRAINING)
    sheet = next(sheet for sheet in layout.sheets if sheet.title == "epochs")
    shown = {run.area.part(0, 0): run.formula for run in sheet.runs if run.formula is not None}

    def formula(name: str) -> str:
        found = shown[layout.names[name].part(0, 0)]
        assert found is not None
        return found.shown

    def row(name: str) -> str:
        area = layout.names[name]
        return area.part(0, 0, 1, area.columns).relative

    def column(name: str) -> str:
        area = layout.names[name]
        return area.part(0, 0, area.rows, 1).relative

    assert formula("dK_one") == f"=SUMPRODUCT({column('dScores_one')},{column('Q_one')})"
    assert formula("dQ_one") == f"=MMULT({row('dScores_one')},{column('K_one')})"
    assert formula("dV_one") == f"=SUMPRODUCT({column('Attention_one')},{column('dAttended_one')})"
    assert formula("dAttention_one") == f"=SUMPRODUCT({row('dAttended_one')},{row('V_one')})"
    assert formula("Q_one") == f"=MMULT({row('X_one_epoch1')},{column('W_Q_epoch1')})"


def test_cross_attention_shows_both_sentences() -> None:
    """What is attended to stands in the epochs too, under the lane of its context."""
    content, layout = planned(CROSS)
    names = layout.names
    assert names["X_source_two_epoch1"].sheet == "epochs"
    assert names["X_source_two_epoch1"].column == names["X_two_epoch1"].column
    assert "X_source_one_epoch1" not in names
    assert band_with(content, "X_source_two_epoch1").title == "Source embeddings"


def test_a_context_called_epoch1() -> None:
    """A context's id may look like the number of an epoch."""
    content, layout = planned(replaced('id = "one"', 'id = "epoch1"', TRAINING))
    assert "dOutput_epoch1" in content.nodes
    assert "dOutput" not in content.nodes
    assert layout.names["dOutput_epoch1"].row == layout.names["Output_epoch1"].row


# --- the following epochs -------------------------------------------------------------

_CELL = re.compile(r"('[^']+'!|\w+!)?(\$?)\b([A-Z]{1,3})(\$?)(\d+)\b")


def relative(formula: str, cell: str) -> str:
    """A formula in R1C1 terms: its own sheet's references as distances from the cell."""
    row, column = parse_address(cell)

    def one(match: re.Match[str]) -> str:
        if match[2]:
            return match[0]
        there = parse_address(match[3] + match[5])
        return f"{match[1] or ''}R[{there[0] - row}]C[{there[1] - column}]"

    return _CELL.sub(one, formula)


def formulas_of(saved: Saved, first: int, width: int) -> dict[tuple[int, int], str]:
    """The formulas of one epoch, in R1C1 terms, by row and by column within the epoch."""
    found = {}
    for cell, formula in saved.sheets["epochs"].formulas.items():
        row, column = parse_address(cell)
        if first <= column < first + width:
            kind = "array " if cell in saved.sheets["epochs"].arrays else ""
            found[row, column - first] = kind + relative(formula, cell)
    return found


def test_relative() -> None:
    """Distances are seen as they are: the comparison below can fail."""
    assert relative("=B2+C$3", "A1") == relative("=C3+D$4", "B2")
    assert relative("=B2", "A1") != relative("=B2", "A2")
    assert relative("=SUMXMY2(B2)", "A1") == "=SUMXMY2(R[1]C[1])"
    assert relative("=Main!$B$2", "A1") == "=Main!$B$2"


@every
def test_epochs_are_filled_to_the_right(name: str, built: dict[str, Path]) -> None:
    """Each epoch has the formulas of the one before it, moved: cell by cell."""
    saved = read(built[name])
    starts = [saved.names[n].column for n in ("Loss", "Loss_epoch2", "Loss_epoch3", "Loss_epoch4")]
    width = starts[1] - starts[0]
    assert np.diff(starts).tolist() == [width] * 3
    second, third, fourth = (
        formulas_of(saved, first - saved.names["Loss"].column + 2, width) for first in starts[1:]
    )
    assert len(second) > 100
    assert second == third == fourth
    first = formulas_of(saved, 2, width)
    assert set(second) <= set(first)
    # The first epoch differs only in what it starts with.
    differing = {place for place in second if first[place] != second[place]}
    starts_rows = {
        row
        for weight in (w for w in WEIGHTS if w in saved.names)
        for area in [saved.names[f"{weight}_epoch1"]]
        for row in range(area.row, area.last_row + 1)
    }
    states = {n for n in saved.names if n.startswith(("Velocity", "Mean", "Square", "Epoch_n"))}
    starts_rows |= {r for n in states for r, _ in saved.names[n].cells()}
    starts_rows |= {r for n in saved.names if n.startswith("X_") and n.endswith("_epoch1")
                    for r, _ in saved.names[n].cells()}  # fmt: skip
    assert {row for row, _ in differing} <= starts_rows


@every
def test_epochs_have_plain_references(name: str, built: dict[str, Path]) -> None:
    """No formula of the epochs names or pins a cell of its own sheet."""
    saved = read(built[name])
    own = {n for n, area in saved.names.items() if area.sheet == "epochs"}
    for cell, formula in saved.sheets["epochs"].formulas.items():
        here = re.sub(r"('[^']+'|\w+)!\$?[A-Z]+\$?\d+(:\$?[A-Z]+\$?\d+)?", "", formula)
        assert "$" not in here, (cell, formula)
        assert not own & set(re.findall(r"[A-Za-z_]\w*", here)), (cell, formula)


def test_epochs_are_labelled() -> None:
    """Each epoch has its number over it and its own labels."""
    content, layout = planned(TRAINING)
    sheet = next(sheet for sheet in layout.sheets if sheet.title == "epochs")
    headings = [run.values[0, 0] for run in sheet.runs if run.role.kind == "heading"]
    assert [h for h in headings if str(h).startswith("Epoch")] == [f"Epoch {n}" for n in range(1, 5)]  # fmt: skip  # noqa: E501
    assert len(content.plans["epochs"].copies) == 3


def test_only_the_first_epoch_is_printed(built: dict[str, Path]) -> None:
    """The print area ends where the second epoch begins; the sheet lies on its side."""
    _, layout = planned(TRAINING)
    sheet = next(sheet for sheet in layout.sheets if sheet.title == "epochs")
    assert sheet.printed and sheet.landscape
    first = {n: a for n, a in layout.names.items() if a.sheet == "epochs" and "epoch" not in n}
    later = {n: a for n, a in layout.names.items()
             if a.sheet == "epochs" and re.search(r"_epoch[2-9]", n)}  # fmt: skip
    assert all(area.last_column <= sheet.print_columns for area in first.values())
    assert all(area.column > sheet.print_columns for area in later.values())
    assert sheet.last_column > 3 * sheet.print_columns
    printed = {sheet.title: sheet.printed for sheet in layout.sheets}
    assert printed == {"Few epochs": True, "epochs": True, "losses": False, "gradients": True,
                       "differences": False, "On one page": True}  # fmt: skip


@pytest.mark.parametrize("count", [*range(2, 32), 60, 200])
def test_milestones(count: int) -> None:
    """The first epoch and the last, never more rows than a page has, each once, in order."""
    chosen = milestones(count)
    assert (chosen[0], chosen[-1]) == (1, count)
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= 12


# --- the gradient checker -------------------------------------------------------------


def test_gradient_checker_agrees_everywhere(tmp_path: Path) -> None:
    """Whichever of the sixteen weights is chosen, both answers and NumPy's are the same."""
    text = files.find("training").read_text(encoding="utf-8").partition("[[claims]]")[0]
    text = replaced('try = "no_learning"\n', "", replaced("epochs = 30", "epochs = 2", text))
    path = build_text(text, tmp_path / "checker.xlsx")
    saved, recalculate = read(path), engine("ironcalc")
    places = [cell_of(path, name) for name in ("Checked_row", "Checked_column")]
    table, apart = saved.names["Gradient_check"], saved.names["Check_difference"]
    slopes = {w: values_of(recalculate(path, []), saved.names[f"d{w}"]) for w in WEIGHTS}
    for row, column in np.ndindex(4, 4):
        changes = [
            (*place, float(n)) for place, n in zip(places, (row + 1, column + 1), strict=True)
        ]
        values = recalculate(path, list(changes))
        for weight, line in zip(WEIGHTS, values_of(values, table), strict=True):
            start, plus, minus, quotient, slope = line
            assert start == (0.5 if row == column else 0)
            assert slope == slopes[weight][row][column]
            assert quotient == pytest.approx((plus - minus) / 0.002, rel=1e-12)
            assert quotient == pytest.approx(slope, abs=1e-6)
        differences = [difference for (difference,) in values_of(values, apart)]
        assert max(map(abs, differences)) <= 1e-6


def test_checker_offers_every_weight() -> None:
    """Rows and columns are chosen from lists, as long as the largest matrix."""
    _, layout = planned(TRAINING)
    sheet = next(sheet for sheet in layout.sheets if sheet.title == "gradients")
    choices = {choice.area: choice.source for choice in sheet.choices}
    assert choices[layout.names["Checked_row"]] == (1.0, 2.0, 3.0)
    assert choices[layout.names["Checked_column"]] == (1.0, 2.0, 3.0)


# --- steps that are too long ----------------------------------------------------------

RATES, TEMPERATURES = (0.0, 0.5, 3.0, 10.0), (0.01, 1.0, 100.0)
#: Every setting that training adds, at its limits; what an optimiser has not is passed over.
EXTREMES = [
    {name: LIMITS[name][end] for name, end in zip(LIMITS, ends, strict=True)}
    for ends in ([0] * len(LIMITS), [1] * len(LIMITS), [0, 0, 1, 0, 0, 0, 0, 0],
                 [0, 0, 1, 1, 1, 0, 0, 1], [0, 0, 1, 1, 0, 1, 1, 0])
]  # fmt: skip
TYPED = [
    {"Learning_rate": rate, "Temperature": temperature}
    for rate in RATES
    for temperature in TEMPERATURES
]


def typed(saved: Saved, settings: dict[str, float]) -> list[Change]:
    """The cells of those settings that a workbook has, with new numbers."""
    return [
        (area.sheet, address(area.row, area.column), float(new))
        for name, new in settings.items()
        if (area := saved.names.get(name)) is not None
    ]


@every
def test_no_errors_inside_the_limits(name: str, built: dict[str, Path]) -> None:
    """Whatever settings a person may type, no cell shows an error."""
    saved = read(built[name])
    for settings in (*TYPED, *EXTREMES):
        values = engine("ironcalc")(saved.path, typed(saved, settings))
        assert not errors_in(values)


def test_no_errors_in_thirty_epochs(workbooks: Workbooks) -> None:
    """Nor in the lesson itself, where thirty epochs carry on what one has begun."""
    saved = workbooks.saved("training")
    for settings in TYPED:
        assert not errors_in(engine("ironcalc")(saved.path, typed(saved, settings)))


def test_no_errors_in_libreoffice(workbooks: Workbooks) -> None:
    """Nor in another engine, at the worst of them."""
    need("soffice")
    saved = workbooks.saved("training")
    changes = typed(saved, {"Learning_rate": 10, "Temperature": 0.01})
    values = engine("libreoffice")(saved.path, changes)
    assert not errors_in(values)
    assert values_of(values, saved.names["Diverged_from"]) == [[3]]


@pytest.mark.parametrize("rate", RATES)
def test_page_says_where_it_diverged(rate: float, workbooks: Workbooks) -> None:
    """The first epoch with a loss of a million, or a dash; the curve is cut below that."""
    saved = workbooks.saved("training")
    values = engine("ironcalc")(saved.path, typed(saved, {"Learning_rate": rate}))
    names = saved.names
    losses = [loss for (loss,) in values_of(values, names["Losses"])]
    drawn = [loss for (loss,) in values_of(values, names["Drawn_losses"])]
    large = [epoch for epoch, loss in enumerate(losses, 1) if loss >= 1e6]
    assert values_of(values, names["Diverged_from"]) == [[large[0] if large else "–"]]
    assert bool(large) == (rate >= 3)
    assert drawn == [min(loss, 10 * losses[0]) for loss in losses]


def test_reference_holds_weights_too(tmp_path: Path) -> None:
    """NumPy on its own comes to the same numbers where weights are held at their largest."""
    path = build_text(TRAINING, tmp_path / "typed.xlsx")
    saved = read(path)
    values = engine("ironcalc")(path, typed(saved, {"Learning_rate": 10}))
    assert values_of(values, saved.names["Diverged_from"]) == [[4]]
    lesson = files.load(path.with_suffix(".toml"), "en")
    given = {
        name: np.array(values_of(values, area))
        for name, area in saved.names.items()
        if isinstance(planned(TRAINING)[0].nodes[name], (Input, Words))
    }
    table = recompute_by_hand(lesson, given, "en")
    for name in ("Losses", "Updated_W_V_epoch4", "Drawn_losses", "Divergence", "Diverged_from"):
        found = values_of(values, saved.names[name])
        for one, other in zip(found, table[name].values.tolist(), strict=True):
            assert one == (other if isinstance(other[0], str) else pytest.approx(other, rel=1e-6))


def test_large_results_show_as_a_dash(workbooks: Workbooks) -> None:
    """On every sheet a format of its own says so for every result, and for no typed number."""
    book = openpyxl.load_workbook(workbooks.path("training"))
    names = workbooks.saved("training").names
    for name, dashed in (
        ("Losses", True), ("Milestone_losses", True), ("Updated_W_Q_epoch30", True),
        ("Learned_W_V", True), ("Gradient_check", True), ("W_V", False), ("Vocabulary", False),
    ):  # fmt: skip
        area = names[name]
        ranges = [
            str(cells.sqref).split()
            for cells in book[area.sheet].conditional_formatting
            if any(rule.operator == "notBetween" for rule in cells.rules)
        ]
        assert any(area.relative in some for some in ranges) == dashed, name


# --- what is refused ------------------------------------------------------------------

ATTENTION = "[attention]\n"
REFUSED = {
    "heads": (ATTENTION, "[attention]\nheads = 2\n", "training: expected one head, got 2 heads"),
    "additive": (
        ATTENTION,
        '[attention]\nscores = "additive"\n',
        "training: expected dot-product scores, got additive ones",
    ),
    "additive in a context": (
        'id = "two"\n',
        'id = "two"\nscores = "additive"\n',
        "training: expected dot-product scores, got additive ones",
    ),
    "formula": (
        ATTENTION,
        '[attention]\nV = "X"\n',
        "training: expected Q, K and V from W_Q, W_K and W_V, got a formula 'X'",
    ),
    "formula in a context": (
        'id = "two"\n',
        'id = "two"\nQ = "X @ W_Q"\n',
        "training: expected Q, K and V from W_Q, W_K and W_V, got a formula 'X @ W_Q'",
    ),
    "shares": (
        'words = ["dog", "mouse", "runs"]',
        'shares = "one"',
        "training: expected words in each context, got shares",
    ),
    "inspector": (
        ATTENTION,
        '[attention]\n[attention.inspector]\nquery = "cat"\nkey = "cat"\n',
        "training: expected no inspector, got one",
    ),
    "mixture": (
        ATTENTION,
        '[attention]\nmixture = "cat"\n',
        "training: expected no mixture, got 'cat'",
    ),
    "intersection": (
        ATTENTION,
        "[attention]\nintersection = true\n",
        "training: expected no intersection, got one",
    ),
    "sheet of attention": (
        ATTENTION,
        '[attention]\nsheet = "steps"\n',
        "training: expected attention on the sheet of the epochs, got sheet 'steps'",
    ),
    "output shape": (
        "W_out =",
        "#",
        "training: expected an output of its target's shape, got Output_one (2×2) for "
        "X_one_epoch1 (2×3)",
    ),
    "rotary": (
        ATTENTION,
        '[attention]\npositions = "rotary"\n',
        "training: expected positions in the embeddings, got rotary ones",
    ),
    "a bias": (
        ATTENTION,
        '[attention]\nbias = "alibi"\n',
        "training: expected no bias, got 'alibi'",
    ),
    "key heads": (
        ATTENTION,
        "[attention]\nkey_heads = 2\n",
        "training: expected one key-value head, got 2",
    ),
    "from a step": (
        ATTENTION,
        '[attention]\nfrom = "X"\n',
        "training: expected attention over the words, got from 'X'",
    ),
    "a name": (
        ATTENTION,
        '[attention]\nname = "A"\n',
        "training: expected an attention without a name, got 'A'",
    ),
    "no attention": (ATTENTION, "", "training: expected an [attention] to train, got none"),
    "one epoch": (
        "epochs = 4",
        "epochs = 1",
        "training.epochs: expected a whole number from 2 to 200, got 1",
    ),
    "too many epochs": (
        "epochs = 4",
        "epochs = 201",
        "training.epochs: expected a whole number from 2 to 200, got 201",
    ),
    "negative rate": (
        "learning_rate = 0.25",
        "learning_rate = -0.1",
        "training.learning_rate: expected a number from 0 to 10, got -0.1",
    ),
    "infinite rate": (
        "learning_rate = 0.25",
        "learning_rate = inf",
        "training.learning_rate: expected a number from 0 to 10, got inf",
    ),
    "diverging": (
        "learning_rate = 0.25",
        "learning_rate = 10",
        "training.learning_rate: expected one with which the loss stays below 1000000, got 10, and "
        "a loss of 1.55839e+12 in epoch 4",
    ),
    "momentum of 1": (
        '"gradient-descent"',
        '"momentum"\nmomentum = 1.0',
        "training.momentum: expected a number from 0 to 0.999, got 1.0",
    ),
    "epsilon of 0": (
        '"gradient-descent"',
        '"adam"\nepsilon = 0.0',
        "training.epsilon: expected a number from 1e-12 to 1, got 0.0",
    ),
    "unknown optimiser": (
        '"gradient-descent"',
        '"rmsprop"',
        "training.optimiser: expected one of 'gradient-descent', 'momentum', 'adam', got 'rmsprop'",
    ),
    "one sheet for two": (
        "epochs = 4",
        'epochs = 4\nsheet = "one"\ncheck_sheet = "One"',
        "training.sheet: expected a sheet of its own, got 'one'",
    ),
    "no sheet": (
        "epochs = 4",
        'epochs = 4\nsheet = ""',
        "training.sheet: expected a sheet of its own, got ''",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    """What cannot be trained is refused in one line, and nothing is written."""
    path = tmp_path / "refused.xlsx"
    with pytest.raises(LessonError) as caught:
        build_text(replaced(old, new, TRAINING), path)
    assert str(caught.value) == f"{path.with_suffix('.toml')}: {message}"
    assert not path.exists()


def test_no_weights_are_refused(tmp_path: Path) -> None:
    """Without a weight there is nothing to learn."""
    text = TRAINING.partition("[weights]")[0]
    with pytest.raises(LessonError, match="expected some of W_Q, W_K, W_V, W_out, got none"):
        build_text(text, tmp_path / "refused.xlsx")


def test_no_contexts_are_refused(tmp_path: Path) -> None:
    """Without a sentence there is nothing to learn from."""
    head, _, rest = TRAINING.partition("[[contexts]]")
    text = head + ATTENTION + rest.partition(ATTENTION)[2]
    with pytest.raises(LessonError, match="training: expected contexts, got none"):
        build_text(text, tmp_path / "refused.xlsx")


# --- planted faults -------------------------------------------------------------------


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighteen epochs: long enough for a fault that is far from the first."""
    text = replaced("epochs = 4", "epochs = 18", ONE)
    return build_text(text, tmp_path_factory.mktemp("faults") / "training.xlsx")


def kinds(report: Report) -> set[str]:
    return {problem.kind for problem in report.problems}


def test_the_long_one_is_well(long: Path) -> None:
    """The faults below are planted into a workbook that has none."""
    assert check(long).ok


def test_wrong_update_in_epoch_17(long: Path, tmp_path: Path) -> None:
    """A step along the gradient instead of against it, its results stored: it is found there."""
    sheet, cell = cell_of(long, "Updated_W_K_epoch17", 1, 1)
    formula = read(long).sheets[sheet].formulas[cell]
    assert formula.count("-") == 2  # the least that a weight may be has the other one
    head, _, tail = formula.removeprefix("=").rpartition("-")
    inside = f"<f>{head}+{tail}</f><v>0</v>"
    report = check(consistent(plant(long, tmp_path / "fault.xlsx", (sheet, cell), inside)))
    wrong = [p for p in report.problems if p.kind == "wrong value"]
    assert wrong[0].cell == cell
    assert wrong[0].message.startswith("Updated_W_K_epoch17:")
    errors = {step.name: step.max_error for step in report.steps}
    assert errors["Updated_W_K_epoch16"] == pytest.approx(0, abs=1e-12)
    assert (errors["Loss_epoch18"] or 0) > 1e-12


def test_constant_in_a_gradient(long: Path, tmp_path: Path) -> None:
    """A number dressed as a formula in ∂L/∂W_K has the right value, and is found to be dead."""
    saved = read(long)
    area = saved.names["dW_K"]
    stored = {title: sheet.values for title, sheet in saved.sheets.items()}
    numbers = [[float(value or 0) for value in row] for row in values_of(stored, area)]
    rows = ";".join(",".join(map(repr, row)) for row in numbers)
    first = address(area.row, area.column)
    inside = f'<f t="array" ref="{area.relative}">{{{rows}}}</f><v>{numbers[0][0]!r}</v>'
    report = check(plant(long, tmp_path / "fault.xlsx", (area.sheet, first), inside))
    assert kinds(report) == {"not live", "stale after an edit"}  # for it is an array
    assert any(p.message.startswith("dW_K:") for p in report.problems)


def test_typed_gradient(long: Path, tmp_path: Path) -> None:
    """A plain number where a gradient's formula belongs."""
    place = cell_of(long, "dScores_epoch9", 1, 0)
    value = read(long).sheets[place[0]].values[place[1]]
    report = check(plant(long, tmp_path / "fault.xlsx", place, f"<v>{value!r}</v>"))
    assert {"constant", "not live"} <= kinds(report)
    assert any(p.cell == place[1] and p.kind == "constant" for p in report.problems)


def test_stale_loss(long: Path, tmp_path: Path) -> None:
    """A stored loss that no formula gives."""
    place = cell_of(long, "Loss_epoch12")
    formula = read(long).sheets[place[0]].formulas[place[1]].removeprefix("=")
    inside = f"<f>{formula}</f><v>0.125</v>"
    report = check(plant(long, tmp_path / "fault.xlsx", place, inside))
    assert [(p.kind, p.cell) for p in report.problems] == [("stale value", place[1])]


def test_an_epoch_that_reads_the_wrong_one(long: Path, tmp_path: Path) -> None:
    """An epoch that starts with the first epoch's weights instead of the last one's."""
    saved = read(long)
    place = cell_of(long, "W_Q_epoch6")
    start = saved.names["Updated_W_Q"]
    inside = f"<f>{address(start.row, start.column)}</f><v>0</v>"
    report = check(consistent(plant(long, tmp_path / "fault.xlsx", place, inside)))
    assert any(p.message.startswith("W_Q_epoch6:") for p in report.problems)


@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_rates_stay_rates(
    name: str, built: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where `check` changes all numbers, no rate rises to 1: the epochs stay finite."""
    from xlsxattn.check import passes as module

    tried: dict[tuple[str, str], float | str] = {}

    def recording(_: str) -> Recalculate:
        def recalculate(path: Path, changes: list[Change], wanted: Wanted | None = None) -> Values:
            tried.update({(sheet, cell): value for sheet, cell, value in changes})
            return engine("ironcalc")(path, changes, wanted)

        return recalculate

    monkeypatch.setattr(module, "engine", recording)
    assert check(built[name]).ok
    saved = read(built[name])
    settings = {"momentum": ["Momentum"], "adam": ["Beta1", "Beta2"]}[name]
    for setting in ("Learning_rate", *settings):
        place = cell_of(built[name], setting)
        before, after = saved.sheets[place[0]].values[place[1]], tried[place]
        assert isinstance(before, float) and isinstance(after, float)
        assert 0 < after < before < 1


def test_wrong_rule_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A workbook built with a wrong gradient rule does not pass: the judge has rules of its own."""
    with monkeypatch.context() as patch:
        plant_rule(patch, "exp", lambda f, g, r, x: (g,))
        path = build_text(TRAINING, tmp_path / "wrong.xlsx")
    report = check(path)
    wrong = {p.message.partition(":")[0] for p in report.problems if p.kind == "wrong value"}
    assert {"dScaled_one", "dScores_one", "dW_Q", "dW_K", "W_Q_epoch2"} <= wrong
    assert not {"dOutput_one", "dAttention_one", "dExponentials_one", "dW_V", "Loss"} & wrong


def test_steps_are_the_only_copies() -> None:
    """Every later epoch has a step for each step of the first, and no input."""
    content, _ = planned(trained_by("adam"))
    first = {n for n, node in content.nodes.items() if f"{n}_epoch2" in content.nodes}
    assert {"Loss", "Epoch_number", "Mean_W_Q", "Square_W_out", "Updated_W_K", "dW_Q"} <= first
    for name in first:
        assert isinstance(content.nodes[f"{name}_epoch2"], Step)
        assert content.nodes[f"{name}_epoch2"].shape == content.nodes[name].shape
