"""PyTorch as judge: the same layers from ``xlsxattn``'s functions, and the same numbers.

PyTorch's numbers stand in files (``peers/make.py`` writes them). Where it is installed, which
no test needs, it also computes fresh configurations, other ones each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from peers.cases import (
    COUNTS,
    ENCODER,
    FAMILIES,
    Array,
    Arrays,
    Case,
    all_cases,
    cases,
    lesson_case,
)
from peers.encoder import encoder
from peers.models import model
from peers.reference import reference
from tools import convert, need, plant_rule, poison, values_of

from xlsxattn import Workbook, column_sum, gradients, layer_norm, total
from xlsxattn import attention as true_attention
from xlsxattn.build import build
from xlsxattn.engines import Values, engine
from xlsxattn.expression import Input, Matrix
from xlsxattn.saved import read, read_values

#: ``UNSEEN`` is for configurations that nobody chose: an unlucky one costs either side a digit.
EXACT, WITH_ERF, UNSEEN = 1e-12, 1e-9, 1e-11
#: The judge of fresh configurations is an extra: without it, those tests are left out anywhere.
with_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason="torch is not installed, which is the extra `peers`"
)
#: Configurations that become workbooks, those of layers with heads, masks and biases.
IN_WORKBOOKS = (
    "sdpa-5", "sdpa-12", "mha-2", "mha-6", "encoder-1", "encoder-6", "decoder-5", "decoder-6",
    "rope-2", "alibi-1", "cross_entropy-1", "layer_norm-3",
)  # fmt: skip
IN_OTHER_ENGINES = ("sdpa-12", "encoder-1", "decoder-6")
#: The families of attention; the others are functions that layers are made of.
ATTENTION = ("sdpa", "mha", "encoder", "decoder", "rope", "alibi")
FRESH = 6
GRADIENTS = 4


def error(found: Array, expected: Array) -> float:
    """The largest difference, relative above 1."""
    assert found.shape == expected.shape
    return float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected))))


def errors(case: Case, expected: Arrays) -> dict[str, float]:
    """How far the result and each gradient are from PyTorch's."""
    nodes: dict[str, Matrix] = {name: Input(name, given) for name, given in case.given.items()}
    output = model(case, nodes)
    loss = total(output * nodes["loss_weights"])
    found = dict(zip(case.of, gradients(loss, [nodes[name] for name in case.of]), strict=True))
    assert expected.keys() == {"output", *found}
    return {
        name: error(node.value, expected[name])
        for name, node in {"output": output, **found}.items()
    }


def wrong(case: Case, expected: Arrays, within: float = EXACT) -> dict[str, float]:
    """The errors that are too large, by the names of their matrices."""
    return {name: one for name, one in errors(case, expected).items() if not one <= within}


# --- the file -----------------------------------------------------------------------------


def test_the_file_has_these_cases() -> None:
    """The numbers in the file belong to the configurations that are drawn: sixty of attention."""
    known = reference()
    drawn = [*all_cases(), lesson_case()]
    assert list(known) == [case.name for case in drawn]
    assert len(drawn) == sum(COUNTS.values()) + 1
    assert sum(COUNTS[family] for family in ATTENTION) == 60
    for case in drawn:
        given = known[case.name][0].given
        assert given.keys() == case.given.keys()
        assert all(np.array_equal(given[name], case.given[name]) for name in given)


def test_the_file_has_every_option() -> None:
    """Among the cases are those that one would ask for."""
    drawn = all_cases()
    options = {(case.family, *option) for case in drawn for option in case.options.items()}
    for mask in ("", "causal", "each", "row"):
        assert ("sdpa", "mask", mask) in options
    for bias in ("", "one", "heads"):
        assert ("sdpa", "bias", bias) in options
    for base in (100.0, 10000.0):
        assert ("rope", "base", base) in options
    for heads in (1, 2, 3, 4):
        assert ("sdpa", "heads", heads) in options
    for family in ("encoder", "decoder"):
        for option in (("norm_first", True), ("norm_first", False), ("causal", True),
                       ("activation", "relu"), ("activation", "gelu"), ("heads", 2)):  # fmt: skip
            assert (family, *option) in options
        of_it = [case for case in drawn if case.family == family]
        assert {"padding" in case.given for case in of_it} == {True, False}
    assert {option[2] for option in options if option[:2] == ("encoder", "layers")} == {1, 2, 3, 4}
    for family, option in (("mha", "biases"), ("rope", "causal"), ("alibi", "causal"),
                           ("cross_entropy", "shares")):  # fmt: skip
        assert {(family, option, True), (family, option, False)} <= options
    assert any(1 < case.options["key_heads"] < case.options["heads"] for case in drawn
               if case.family in ("sdpa", "rope"))  # fmt: skip
    assert any(case.given["Keys"].shape[1] != case.given["X"].shape[1] for case in drawn
               if case.family == "mha")  # fmt: skip


# --- values and gradients -----------------------------------------------------------------


@pytest.mark.parametrize("name", reference())
def test_file(name: str) -> None:
    """Result and all gradients are PyTorch's."""
    assert not wrong(*reference()[name])


@with_torch
@pytest.mark.parametrize("family", FAMILIES)
def test_fresh(family: str) -> None:
    """Likewise for configurations that nobody has seen before."""
    from peers.answers import answers

    seed = int(np.random.SeedSequence().generate_state(1)[0])
    for case in cases(family, FRESH, seed):
        assert not wrong(case, answers(case), UNSEEN), f"seed {seed}: {case}"


@with_torch
def test_file_is_torchs() -> None:
    """The installed PyTorch has the numbers of the file, whichever wrote it."""
    from peers.answers import answers

    for case, found in reference().values():
        again = answers(case)
        assert all(error(again[name], found[name]) <= EXACT for name in found), case.name


# --- workbooks ----------------------------------------------------------------------------


def chosen_gradients(case: Case) -> list[str]:
    """A few of the matrices with gradients: the first, the last, and some between them."""
    places = np.linspace(0, len(case.of) - 1, GRADIENTS).round().astype(int)
    return [case.of[place] for place in sorted(set(places.tolist()))]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Workbooks of the result and some gradients, with every stored result wrong."""
    folder = tmp_path_factory.mktemp("peers")
    return {name: _book(reference()[name][0], folder) for name in IN_WORKBOOKS}


def _book(case: Case, folder: Path, form: str = "auto") -> Path:
    book = Workbook(case.name, form=form)
    nodes = {name: book.input(name, given) for name, given in case.given.items()}
    output = book.step("Result", model(case, nodes))
    loss = book.step("Loss", total(output * nodes["loss_weights"]))
    names = chosen_gradients(case)
    for name, node in zip(names, gradients(loss, [nodes[n] for n in names]), strict=True):
        book.step(f"Gradient_{name}", node)
    path = folder / f"{case.name}.xlsx"
    book.save(path)
    return poison(path, folder / f"{case.name}-poisoned.xlsx")


def assert_cells(case: Case, expected: Arrays, path: Path, values: Values) -> None:
    """What an engine computes for the result and the gradients is what PyTorch does."""
    within, names = WITH_ERF if case.has_erf else EXACT, read(path).names
    for name in ["output", *chosen_gradients(case)]:
        area = names["Result" if name == "output" else f"Gradient_{name}"]
        found = np.array(values_of(values, area), dtype=float)
        assert error(found, expected[name]) <= within, name


@pytest.mark.parametrize("name", IN_WORKBOOKS)
def test_ironcalc(name: str, books: dict[str, Path]) -> None:
    """IronCalc computes PyTorch's numbers from the formulas."""
    path = books[name]
    assert_cells(*reference()[name], path, engine("ironcalc")(path, []))


@pytest.mark.parametrize("name", IN_OTHER_ENGINES)
def test_array_formulas(name: str, tmp_path: Path) -> None:
    """So it does from array formulas."""
    path = _book(reference()[name][0], tmp_path, "arrays")
    assert any(sheet.arrays for sheet in read(path).sheets.values())
    assert_cells(*reference()[name], path, engine("ironcalc")(path, []))


def test_a_gradient_that_is_the_same_in_all_rows(tmp_path: Path) -> None:
    """A row that stands for all rows fills them, in array formulas too."""
    book = Workbook("Sums", form="arrays")
    sums = column_sum(book.input("A_in", [[1, 2], [3, 5]]))
    loss = book.step("Loss", total(sums @ book.input("B_in", [[1.5], [2]])))
    book.step("Gradient", gradients(loss, [sums.operands[0]])[0])
    book.save(tmp_path / "sums.xlsx")
    path = poison(tmp_path / "sums.xlsx", tmp_path / "poisoned.xlsx")
    found = values_of(engine("ironcalc")(path, []), read(path).names["Gradient"])
    assert found == [[1.5, 2.0], [1.5, 2.0]]


def test_libreoffice(books: dict[str, Path], tmp_path: Path) -> None:
    """So does LibreOffice."""
    paths = {name: books[name] for name in IN_OTHER_ENGINES}
    folder = convert(paths.values(), "xlsx:Calc MS Excel 2007 XML", tmp_path)
    for name, path in paths.items():
        assert_cells(*reference()[name], path, read_values(folder / path.name))


@pytest.mark.parametrize("name", IN_OTHER_ENGINES)
def test_gnumeric(name: str, books: dict[str, Path]) -> None:
    """So does Gnumeric."""
    need("ssconvert")
    path = books[name]
    assert_cells(*reference()[name], path, engine("gnumeric")(path, []))


# --- two encoder layers -------------------------------------------------------------------


def lines(path: Path) -> int:
    """How many lines a file has that are neither blank nor a comment."""
    stripped = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in stripped)


def assert_two_layers(path: Path) -> None:
    """The workbook's stored values and IronCalc's are those of TransformerEncoder."""
    saved, expected = read(path), reference()["lesson"][1]["output"]
    poisoned = poison(path, path.with_name("poisoned.xlsx"), saved)
    for values in (read_values(path), engine("ironcalc")(poisoned, [])):
        found = np.array(values_of(values, saved.names["Layer_2"]), dtype=float)
        assert error(found, expected) <= EXACT


def test_encoder_as_a_lesson(tmp_path: Path) -> None:
    """Attention, add & norm, feed-forward, add & norm, twice, in under 60 lines of TOML."""
    assert lines(ENCODER) < 60
    build(str(ENCODER), tmp_path / "lesson.xlsx")
    assert_two_layers(tmp_path / "lesson.xlsx")


def test_encoder_in_python(tmp_path: Path) -> None:
    """The same in under 30 lines of Python."""
    assert lines(ENCODER.with_name("encoder.py")) < 30
    given = dict(lesson_case().given)
    X, _ = given.pop("X"), given.pop("loss_weights")
    encoder(["cat", "and", "mouse"], X, given, 2, tmp_path / "encoder.xlsx")
    assert_two_layers(tmp_path / "encoder.xlsx")


# --- the judge can fail -------------------------------------------------------------------


def _swapped(x: Matrix, gain: Matrix, shift: Matrix, *rest: float) -> Matrix:
    return layer_norm(x, shift, gain, *rest)


def _unscaled(Q: Matrix, K: Matrix, V: Matrix, **options: object) -> Matrix:
    """Softmax of scores that are divided by d and not by its root, for every head."""
    width = Q.columns // int(str(options["heads"]))
    return true_attention(Q, K, V, temperature=float(np.sqrt(width)), **options)


FAULTS: dict[str, tuple[str, Callable[..., Matrix], str]] = {
    "gain and shift swapped": ("layer_norm", _swapped, "layer_norm"),
    "gain and shift swapped in a layer": ("layer_norm", _swapped, "encoder"),
    "scores divided by d": ("attention", _unscaled, "encoder"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_wrong_values_are_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong model differs from PyTorch in every case, in the result and in gradients."""
    name, planted, family = FAULTS[fault]
    monkeypatch.setitem(model.__globals__, name, planted)
    for case, expected in _of(family):
        found = wrong(case, expected)
        assert len(found) > 1, case.name
        assert found["output"] > 1e-6, case.name


def test_wrong_gradients_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong rule for one operation leaves the result as it is, and no gradient through it."""
    plant_rule(monkeypatch, "sqrt", lambda f, g, r, x: (g / r,))
    for case, expected in _of("layer_norm"):
        found = wrong(case, expected)
        assert set(found) == {"X"}, case.name


def _of(family: str) -> Iterator[tuple[Case, Arrays]]:
    """The cases of a family, with PyTorch's numbers."""
    return (pair for pair in reference().values() if pair[0].family == family)
