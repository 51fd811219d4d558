"""The format of lesson files: its fields are the keys, its docstrings what they mean."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from xlsxattn.errors import LessonError

FORMAT = 1

#: A text: one string for every language, or one for each, ``{ en = "…", zh = "…" }``.
LocalText = str | dict[str, str]
Rows = list[list[float]]
#: How long a typed text may be: so that its characters can stand side by side.
MAX_TEXT_CELL = 1000
LabelTexts = list[LocalText] | dict[str, LocalText]
Decimals = Annotated[int, msgspec.Meta(ge=0, le=12)]
#: The chapters of the course, in its order; ``texts`` has their titles.
CHAPTERS = ("why", "attention", "transformer", "training", "models", "today")
Chapter = Literal["", "why", "attention", "transformer", "training", "models", "today"]
#: The colours of ``style.TONES``.
Tone = Literal[
    "", "neutral", "input", "query", "key", "value", "scores", "output", "recurrent", "head1",
    "head2", "head3", "head4",
]  # fmt: skip
IDENTIFIER = r"^[A-Za-z][A-Za-z0-9_]*$"
Identifier = Annotated[str, msgspec.Meta(pattern=IDENTIFIER)]
#: The least and the largest number of each setting, in a lesson file and in its cell. Inside
#: these no cell of a workbook shows an error.
LIMITS: dict[str, tuple[float, float]] = {
    "Temperature": (0.01, 100),
    "Window": (0, 1024),
    "Learning_rate": (0, 10),
    "Momentum": (0, 0.999),
    "Beta1": (0, 0.999),
    "Beta2": (0, 0.999),
    "Epsilon": (1e-12, 1),
    "Step_size": (1e-6, 0.1),
}
#: Those of them that are whole numbers.
WHOLE = ("Window",)


def _limits(setting: str) -> msgspec.Meta:
    """What the format accepts of a setting."""
    least, largest = LIMITS[setting]
    return msgspec.Meta(ge=least, le=largest)


class Table(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Strict base: every struct of the format refuses unknown keys."""


class Vocabulary(Table):
    """The embedding table: one row a word, one column a meaning.

    Where ``words`` are a list alone, the numbers are the weight ``Vocabulary``, which is drawn
    or read from a file; without any, the words are those of the examples. ``translations`` are
    other words for some of them, by language: the page of that language has those, in the
    sentences and in the formulas too. ``sheet`` puts it on a sheet of that name that is not
    printed.
    """

    columns: dict[Identifier, LocalText]
    words: dict[str, list[float]] | list[str] = []
    translations: dict[str, dict[str, str]] = {}
    sheet: str = ""


class Context(Table):
    """One sentence. ``keys`` is another one to attend to; without it, self-attention.

    ``shares`` names an earlier context whose words this one uses too. ``scores``, ``Q``,
    ``K`` and ``V`` take the place of the lesson's own for this context. ``label`` is the class
    that training by cross-entropy is told; a context kept ``aside`` is judged, never learned.
    """

    id: Identifier
    words: list[str] = []
    title: LocalText = ""
    keys: list[str] = []
    shares: str = ""
    scores: Literal["", "dot", "scaled-dot", "additive"] = ""
    Q: str = ""
    K: str = ""
    V: str = ""
    label: str = ""
    aside: bool = False


class Example(Table):
    """A sentence, with its ``label`` or the ``target`` that is to be said in its place.

    One kept ``aside`` is not for training.
    """

    words: LocalText
    label: Identifier = ""
    target: LocalText = ""
    aside: bool = False


class Examples(Table):
    """Sentences to learn from, a row each, on a sheet that is not printed.

    Every sentence has ``length`` words, parted by spaces, the rest of a shorter one filled with
    ``pad``, a word of the vocabulary. They are ``Sentences`` (s, length), and ``Aside`` (s, 1) is
    1 where one is kept aside. With ``labels``, the classes, there are ``Sentence_labels`` (s, 1)
    too, and the list ``Classes``; with targets ``Target_sentences`` (s, target_length), and the
    list ``Target_words`` of all words in them.
    """

    sentences: list[Example]
    length: Annotated[int, msgspec.Meta(ge=1, le=64)]
    labels: dict[Identifier, LocalText] = {}
    target_length: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    pad: str = "·"
    sheet: str = "examples"


class Inspector(Table):
    """A dot-product inspector: the query and the key word it opens with."""

    query: str
    key: str


class Attention(Table):
    """The independent choices of attention; ``Q``, ``K``, ``V`` and ``bias`` are notation.

    Left empty, ``Q`` is ``X @ W_Q`` where there is a weight ``W_Q``, plus ``b_Q`` where there
    is one too, and ``X`` where there is none; likewise ``K`` and ``V``, from the keys'
    embeddings in cross attention. A mask or positions other than ``off`` come with a switch
    on the page. ``intersection`` names products that are shown as on a blackboard, ``true`` the
    scores. ``from`` takes the place of X, ``source`` that of X for keys and values. A
    ``name`` goes into the names of its matrices; ``title`` is what headings call it.
    """

    name: Identifier = ""
    title: LocalText = ""
    from_: str = msgspec.field(default="", name="from")
    source: str = ""
    scores: Literal["dot", "scaled-dot", "additive"] = "scaled-dot"
    mask: Literal["off", "none", "causal", "window"] = "off"
    window: Annotated[int, _limits("Window")] = 1
    heads: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
    key_heads: Annotated[int, msgspec.Meta(ge=0, le=16)] = 0
    positions: Literal["off", "none", "sinusoidal", "rotary"] = "off"
    bias: str = ""
    temperature: Annotated[float, _limits("Temperature")] = 1.0
    Q: str = ""
    K: str = ""
    V: str = ""
    intersection: bool | list[Literal["Q", "K", "V", "Scores", "Output"]] = False
    inspector: Inspector | None = None
    mixture: str = ""
    decimals: Decimals = 2
    sheet: str = ""


class WeightSource(Table, dict=True):
    """Weights that are not typed: drawn from a ``seed``, or read from a ``.npz`` ``file``.

    The file lies beside the lesson, or in a folder there, its name may have ``{language}`` in it,
    and it holds an ``array`` of the weight's
    name unless another is given; with a ``seed`` too, that is where ``xlsxattn train`` starts.
    Drawn ones have mean 0 and ``scale`` as their standard
    deviation, by itself 1/√rows, and two decimals. ``rows`` and ``columns`` are needed for drawn
    weights; a workbook carries them, and the ``digest`` of the numbers, for all.
    """

    file: str = ""
    array: str = ""
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**32)] | None = None
    scale: Annotated[float, msgspec.Meta(ge=0, le=1000)] | None = None
    rows: Annotated[int, msgspec.Meta(ge=0, le=16_384)] = 0
    columns: Annotated[int, msgspec.Meta(ge=0, le=16_000)] = 0
    digest: str = ""


class UseWeights(Table):
    """Where all weights of a block come from: a ``.npz`` ``file``, or drawn from a ``seed``.

    With both, they come from the file, and ``xlsxattn train`` starts from the seed. Or they are
    those ``of`` an earlier use of the block, the same cells.
    """

    of: str = ""
    file: str = ""
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**32)] | None = None


class BlockWeight(Table):
    """The shape of a weight of a block, in notation; a ``fill`` is what is not drawn."""

    rows: int | str
    columns: int | str
    fill: float | None = None


class Training(Table):
    """The weights are learned: gradient descent over all contexts at once, epoch by epoch.

    It needs attention with one head and dot-product scores, and some of the weights W_Q, W_K,
    W_V and W_out. By the mean squared error, the target is the input itself. By cross-entropy,
    it is the label of each context, one of the columns of a weight W_class, which stays as it
    is; the output that is judged is that of one word, ``row``, which every context has.
    ``sheet`` holds the epochs side by side, ``check_sheet`` the gradient checker;
    ``difference_sheet``, with its forward passes, ``loss_sheet`` and ``sentence_sheet``, with the
    words of labelled contexts, are not printed.
    """

    loss: Literal["mean-squared-error", "cross-entropy"] = "mean-squared-error"
    row: str = ""
    epochs: Annotated[int, msgspec.Meta(ge=2, le=200)] = 30
    learning_rate: Annotated[float, _limits("Learning_rate")] = 0.1
    optimiser: Literal["gradient-descent", "momentum", "adam"] = "gradient-descent"
    momentum: Annotated[float, _limits("Momentum")] = 0.9
    beta1: Annotated[float, _limits("Beta1")] = 0.9
    beta2: Annotated[float, _limits("Beta2")] = 0.999
    epsilon: Annotated[float, _limits("Epsilon")] = 1e-8
    sheet: str = "epochs"
    check_sheet: str = "gradients"
    difference_sheet: str = "differences"
    loss_sheet: str = "losses"
    sentence_sheet: str = "sentences"
    decimals: Decimals = 3


class Fit(Table):
    """How ``xlsxattn train`` fits the weights that nobody typed, to the ``loss`` of a step.

    Every epoch is one step over all of the lesson. Weights are drawn at first, from their own
    seed or this one, and written to a ``.npz`` file that the lesson names from then on.
    ``weight_decay`` adds that much of a weight to its gradient.
    """

    loss: str
    epochs: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 300
    learning_rate: Annotated[float, _limits("Learning_rate")] = 0.01
    optimiser: Literal["gradient-descent", "momentum", "adam"] = "adam"
    momentum: Annotated[float, _limits("Momentum")] = 0.9
    beta1: Annotated[float, _limits("Beta1")] = 0.9
    beta2: Annotated[float, _limits("Beta2")] = 0.999
    epsilon: Annotated[float, _limits("Epsilon")] = 1e-8
    weight_decay: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**32)] = 1


class PlainNumber(Table):
    """A whole number that formulas call by a name, within limits; it has no cell."""

    value: int
    least: int
    most: int


class Sample(Table):
    """Numbers of mean 0 and variance 1 in place of typed ones, the same for ever.

    They come from ``numpy.random.RandomState(seed)``, rounded to two decimals. ``between`` two
    numbers all are as likely, and rounded to three. ``rows`` may be notation with plain numbers.
    """

    rows: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | str
    columns: Annotated[int, msgspec.Meta(ge=1, le=4096)]
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
    between: list[float] = []


class Matrix(Table):
    """A typed matrix: ``values``, a ``sample`` or a ``source``; ``choices`` make a switch.

    ``limits`` are the least and the largest that a number may be, a ``whole`` one where said.
    ``next_to`` puts it at the right of an earlier one, ``after`` moves it down the page,
    ``sheet`` puts it on a sheet of that name that is not printed.
    """

    name: Identifier
    values: Rows = []
    sample: Sample | None = None
    source: WeightSource | None = None
    title: LocalText = ""
    note: LocalText = ""
    rows: LabelTexts = []
    columns: LabelTexts = []
    choices: list[float] = []
    limits: list[float] = []
    whole: bool = False
    decimals: Decimals = 2
    next_to: str = ""
    after: str = ""
    sheet: str = ""


class Word(Table, dict=True):
    """A typed word among the settings, or several ``words``, one under another.

    Those are of the vocabulary, where there is one, and stand where a step shows them. A
    ``sentence`` has words parted by spaces, as the examples have, and is as long as those are.
    With ``longest`` it is a ``text`` of any printable characters of ASCII, so many at the most;
    with a ``.npz`` ``file``, the words are an ``array`` of ``count`` texts there, on ``sheet``.
    """

    name: Identifier
    title: LocalText
    word: LocalText = ""
    words: list[str] = []
    sentence: LocalText = ""
    text: str = ""
    longest: Annotated[int, msgspec.Meta(ge=0, le=MAX_TEXT_CELL)] = 0
    file: str = ""
    array: str = ""
    count: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    sheet: str = ""


class Part(Table):
    """One row of a table of steps: a formula with a name and a label of its own."""

    name: Identifier
    formula: str
    label: LocalText


class Chart(Table):
    """A live chart beside a step.

    ``bar`` and ``trend`` (lines): a series a row of the step, a category each of
    ``columns``. ``line`` and ``log`` (both axes logarithmic): a series each of the named
    steps in ``series``, which are columns, over the column named in ``x``. ``tones`` are the
    colours of the series, each with the same sign in every chart; those that have none follow
    one another.
    """

    title: LocalText
    alternative: LocalText
    kind: Literal["bar", "trend", "line", "log"] = "bar"
    columns: list[str] = []
    x: str = ""
    series: list[str] = []
    tones: list[Tone] = []


class Step(Table):
    """A step of one's own: a ``formula``, or ``rows`` of formulas that form one table.

    ``beside`` attaches it, a column, to the right of an earlier step; ``next_to`` puts it
    into that step's band with labels of its own; ``after`` moves its band up the page.
    ``caption`` stands in the corner of the block; ``tone`` is the colour of the heading and
    of the heat. Without ``mathematics`` the heading has the formula, where that is short.
    ``follows`` names a later step, from whose rows a ``continued`` one is written on.
    ``links`` are other sheets that its heading leads to.
    ``row_words`` and ``column_words`` name steps of words that label it. A text of one cell is
    shown over some ``lines``, shares of 1 are shown as ``bars``; a heat map in ``shades`` has
    small cells without numbers.

    Or it is a ``use`` of a block, ``from`` a matrix, or one for each parameter; ``weights`` says
    where its own come from, and a ``folded`` use shows its result alone.
    """

    name: Identifier
    formula: str = ""
    rows: list[Part] = []
    use: str = ""
    given: str | dict[Identifier, str] = msgspec.field(name="from", default="")
    numbers: dict[Identifier, float | str] = {}
    weights: UseWeights | None = None
    folded: bool = False
    title: LocalText = ""
    caption: LocalText = ""
    note: LocalText = ""
    mathematics: LocalText = ""
    follows: str = ""
    row_labels: LabelTexts = []
    columns: LabelTexts = []
    row_words: str = ""
    column_words: str = ""
    beside: str = ""
    next_to: str = ""
    after: str = ""
    sheet: str = ""
    links: list[str] = []
    decimals: Decimals = 2
    heat: bool = False
    bars: bool = False
    shades: bool = False
    lines: Annotated[int, msgspec.Meta(ge=0, le=12)] = 0
    tone: Tone = ""
    signed: bool = False
    chart: Chart | None = None


class Block(Table):
    """Steps with parameters and weights, written once and used by several steps.

    ``numbers`` stand in its formulas as plain numbers, which a use may change; ``settings``
    are cells that all uses have in common. The last of the steps is the result.
    """

    title: LocalText = ""
    note: LocalText = ""
    parameters: list[Identifier] = msgspec.field(default_factory=lambda: ["X"])
    numbers: dict[Identifier, float | str] = {}
    weights: dict[Identifier, list[int | str] | BlockWeight] = {}
    shared: UseWeights | None = None
    settings: list[Matrix] = []
    steps: list[Step] = []


class Claim(Table):
    """What must hold: live (``holds``), or what-if (``change``, then ``then``).

    A live claim reads – unless ``when`` is true. ``change`` maps a place, such as
    ``Words_cat["cat"]``, ``Vocabulary["mouse", "animal"]``, ``t`` or ``W_V``, to its new
    content; in ``then``, ``before("Output_cat")`` is the step as it was before the change.
    """

    name: Identifier
    text: LocalText
    how: LocalText = ""
    holds: str = ""
    when: str = ""
    change: dict[str, float | LocalText | list[float | list[float]]] = {}
    then: str = ""


class Bars(Table):
    """Some rows and columns of a step as bars, all of them where none are named."""

    step: str
    rows: list[str | int] = []
    columns: list[str | int] = []
    label: LocalText = ""


class Outcome(Table):
    """What stands beside the inputs: live ``sentences``, ``bars``, and a claim to ``try``."""

    sentences: list[LocalText] = []
    bars: list[Bars] = []
    try_: str = msgspec.field(default="", name="try")


class Note(Table):
    """Title and sentence of a standard step, in place of the usual ones."""

    title: LocalText = ""
    note: LocalText = ""


class Lesson(Table):
    """A lesson file.

    ``chapter`` is that of the course, ``minutes`` how long it takes to work through, 0 where
    that is not said. ``language`` is that of the page where no other is asked for.
    ``focus`` is the word whose rows are bold; ``sheets`` says what the page calls the sheets
    that are not printed. ``form`` chooses ordinary formulas (``cells``), array formulas from
    the first product on (``arrays``), or the latter only where a product is large (``auto``).
    ``one_page`` are the steps of the page to hand out, the most important one first.
    ``weight_sheet`` puts all weights on a sheet of that name, which is not printed.
    ``numbers`` are plain ones in formulas, of which ``build --tokens`` sets ``tokens``;
    ``pages`` are the sheets that are printed after the page.
    """

    format: Literal[1]
    title: LocalText
    language: str = ""
    chapter: Chapter = ""
    minutes: Annotated[int, msgspec.Meta(ge=0, le=600)] = 0
    subtitle: LocalText = ""
    summary: LocalText = ""
    form: Literal["auto", "cells", "arrays"] = "auto"
    vocabulary: Vocabulary | None = None
    contexts: list[Context] = []
    examples: Examples | None = None
    attention: Attention | list[Attention] | None = None
    training: Training | None = None
    fit: Fit | None = None
    weights: dict[Identifier, Rows | WeightSource] = {}
    weight_sheet: str = ""
    weight_columns: dict[Identifier, LabelTexts] = {}
    inputs: list[Matrix] = []
    words: list[Word] = []
    focus: str = ""
    one_page: list[str] = []
    sheets: dict[str, LocalText] = {}
    pages: list[str] = []
    numbers: dict[Identifier, PlainNumber] = {}
    notes: dict[str, Note] = {}
    blocks: dict[Identifier, Block] = {}
    steps: list[Step] = []
    claims: list[Claim] = []
    outcome: Outcome | None = None

    def attentions(self) -> list[tuple[str, Attention]]:
        """Every attention in its order, each after its place in the file."""
        if isinstance(self.attention, Attention):
            return [("attention", self.attention)]
        return [
            (f"attention.{one.name}" if one.name else f"attention[{index}]", one)
            for index, one in enumerate(self.attention or [])
        ]


class CarriedLesson(Table):
    """A lesson in a workbook, and the titles of the sheets that it fills."""

    sheets: list[str]
    lesson: Lesson


class Carried(Table):
    """What a workbook carries of its lessons: enough for ``check`` to know their structure."""

    title: str
    language: str
    lessons: list[CarriedLesson]

    def canonical(self) -> str:
        """One line of JSON that ``parse_carried`` reads back."""
        return msgspec.json.encode(self).decode()


def text(content: LocalText, language: str) -> str:
    """The text in a language; LessonError where it has none in that language."""
    if isinstance(content, str):
        return content
    if language not in content:
        known = ", ".join(content) or "none"
        some = next(iter(content.values()), "")
        raise LessonError(f"{some!r}: expected a text in {language!r}, got {known}")
    return content[language]
