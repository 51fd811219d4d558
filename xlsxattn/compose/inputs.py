"""What is typed in a lesson: words, the vocabulary, matrices, weights."""

from __future__ import annotations

from xlsxattn import lesson as files
from xlsxattn.builder import Look
from xlsxattn.compose.examples import tell_examples
from xlsxattn.compose.story import Story, setting_decimals
from xlsxattn.errors import LessonError, within
from xlsxattn.expression import Input, Texts, TypedText, Words
from xlsxattn.lesson.blocks import weights_of_uses
from xlsxattn.lesson.counts import MOST_NUMBERS
from xlsxattn.lesson.weights import Numbers, drawn, drawn_between, numbers_of, texts_of
from xlsxattn.outline import Block, Lane, Setting

TONES = {
    **{"W_Q": "query", "W_K": "key", "W_V": "value"},
    **{"b_Q": "query", "b_K": "key", "b_V": "value"},
}


def tell_inputs(story: Story) -> None:
    """What is typed: words, the vocabulary, matrices, weights."""
    for word in story.lesson.words:
        if word.word:
            _add_word(story, word)
        elif word.longest:
            _add_text(story, word)
    if story.lesson.vocabulary is not None:
        _add_vocabulary(story, story.lesson.vocabulary)
    if story.lesson.examples is not None:
        tell_examples(story, story.lesson.examples)
    for word in story.lesson.words:
        if word.words:
            _add_words(story, word)
        elif word.file:
            _add_texts(story, word)
    for matrix in story.lesson.inputs:
        add_input(story, matrix)
    _add_weights(story)


def _add_word(story: Story, word: files.Word) -> None:
    node = Words(word.name, [story.text(word.word)])
    story.keep(node)
    story.settings.append(Setting(node, story.text(word.title)))


def _add_text(story: Story, word: files.Word) -> None:
    node = TypedText(word.name, word.text, word.longest)
    story.keep(node)
    story.settings.append(Setting(node, story.text(word.title)))


def _add_texts(story: Story, word: files.Word) -> None:
    """The texts of a file, one under another under a heading."""
    node = Words(word.name, texts_of(word))
    story.keep(node)
    title = story.text(word.title)
    story.put(word.name, title, "", "", story.block(node, word.name), None, word.sheet)


def _add_words(story: Story, words: files.Word) -> None:
    node = Words(words.name, words.words, story.vocabulary_words)
    story.keep(node)
    story.titles[node] = story.text(words.title)


def _add_vocabulary(story: Story, vocabulary: files.Vocabulary) -> None:
    story.vocabulary_words = Words("Vocabulary_words", tuple(vocabulary.words))
    if isinstance(vocabulary.words, dict):
        values: Numbers | list[list[float]] = list(vocabulary.words.values())
    else:
        values = numbers_of(story.lesson.weights["Vocabulary"])
    columns = story.fixed(vocabulary.columns)
    story.vocabulary = Input("Vocabulary", values, story.vocabulary_words, columns)
    story.keep(story.vocabulary_words)
    story.keep(story.vocabulary)
    story.band("Vocabulary", "", [[story.block(story.vocabulary)]], sheet=vocabulary.sheet)


def add_input(story: Story, matrix: files.Matrix) -> None:
    """A typed matrix under its heading, or one number among the settings."""
    limits = matrix.limits or (matrix.sample.between if matrix.sample is not None else [])
    node = Input(
        matrix.name,
        _typed(story, matrix),
        story.fixed(matrix.rows),
        story.fixed(matrix.columns),
        tuple(matrix.choices),
        (limits[0], limits[1]) if limits else None,
        matrix.whole,
    )
    title = story.text(matrix.title) or matrix.name
    if node.shape == (1, 1) and not matrix.rows and not matrix.columns:
        story.keep(node)
        fraction = bool(matrix.limits) and matrix.limits[1] - matrix.limits[0] <= 1
        shown = setting_decimals(float(node.value[0, 0]), fraction)
        story.settings.append(Setting(node, title, shown))
        return
    place = f"inputs.{matrix.name}"
    look = Look(
        title=title, note=story.text(matrix.note), written="" if matrix.next_to else matrix.name,
        decimals=matrix.decimals, sheet=matrix.sheet,
        next_to=story.earlier(matrix.next_to, f"{place}.next_to"),
    )  # fmt: skip
    with story.telling(matrix.name):
        story.add_block(node, look)


def _typed(story: Story, matrix: files.Matrix) -> Numbers | list[list[float]]:
    """The numbers of a matrix: typed, read, or drawn."""
    if matrix.source is not None:
        return numbers_of(matrix.source)
    if matrix.sample is None:
        return matrix.values
    sample, place = matrix.sample, f"inputs.{matrix.name}.sample.rows"
    rows = sample.rows if isinstance(sample.rows, int) else story.plain(sample.rows, place)
    if rows * sample.columns > MOST_NUMBERS:
        raise LessonError(
            f"{place}: expected at most {MOST_NUMBERS} numbers, got {rows} × {sample.columns}"
        )
    if sample.between:
        return drawn_between(sample.seed, rows, sample.columns, *sample.between)
    return drawn(sample.seed, rows, sample.columns)


def _add_weights(story: Story) -> None:
    for name, given in story.lesson.weights.items():
        if name in story.nodes:  # the vocabulary's
            continue
        add_weight(story, name, name, numbers_of(given))


def add_weight(story: Story, name: str, weight: str, numbers: Numbers) -> None:
    """A weight as an input; ``weight`` is what it is called without whose it is."""
    meanings = story.fixed(story.lesson.vocabulary.columns) if story.lesson.vocabulary else None
    columns, rows = story.fixed(story.lesson.weight_columns.get(name, [])), None
    if meanings is not None and weight == "W_O":
        columns = columns or (meanings if numbers.shape[1] == len(meanings) else None)
        rows = _rows_of_heads(story, len(numbers))
    elif meanings is not None and len(numbers) == len(meanings):
        rows = meanings
    with within(f"weights.{name}"):
        story.keep(Input(name, numbers, rows, columns))


def _rows_of_heads(story: Story, count: int) -> Texts | None:
    """What the rows of W_O weigh: the columns of one head after another."""
    heads = max((one.heads for _, one in story.lesson.attentions()), default=1)
    if heads == 1 or count % heads:
        return None
    each = count // heads
    return Texts.of(
        tuple(
            f"{story.interface['head'].format(head + 1)} · {column + 1}"
            for head in range(heads)
            for column in range(each)
        )
    )


def show_weights(story: Story, sheet: str) -> None:
    """The weights, two a band, under one heading; not those that uses of blocks show."""
    blocks, names = _weight_blocks(story)
    for start in range(0, len(blocks), 2):
        lanes: list[Lane] = [[block] for block in blocks[start : start + 2]]
        band = story.band("W", names, lanes, sheet=story.lesson.weight_sheet or sheet)
        if start:
            band.key, band.title, band.note = f"W{start}", "", ""


def show_weights_in_a_row(story: Story) -> None:
    """The weights, each of as many rows as the first one, in one lane: a column apart."""
    blocks, names = _weight_blocks(story)
    for block in blocks[1:]:
        block.attached, block.gap, block.row_labels = True, 1, ()
    story.band("W", names, [list(blocks)])


def _weight_blocks(story: Story) -> tuple[list[Block], str]:
    """A block for each weight that is not shown elsewhere, and what mathematics calls them."""
    elsewhere = weights_of_uses(story.lesson) | {"Vocabulary"}
    shown = [name for name in story.lesson.weights if name not in elsewhere]
    blocks = [
        story.block(
            story.nodes[name],
            caption=name,
            tone=TONES.get(name[:3], "neutral"),
        )
        for name in shown
    ]
    return blocks, ", ".join(dict.fromkeys(_symbol(story, name) for name in shown))


def _symbol(story: Story, name: str) -> str:
    """What mathematics calls weights, whichever attention and head they are of."""
    return story.symbols.get(story.nodes[name], name.partition("_head")[0])
