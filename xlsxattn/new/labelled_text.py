"""The text of a classifier's lesson file, part by part, each with its comment."""

from __future__ import annotations

from functools import reduce

from xlsxattn.new.labelled import LabelledDraft
from xlsxattn.new.labelled_steps import steps
from xlsxattn.new.text import TITLE_LENGTH, build_command, head
from xlsxattn.new.toml import string
from xlsxattn.widths import characters

#: How training goes, which a few dozen sentences take a second or two for.
EPOCHS, LEARNING_RATE, WEIGHT_DECAY = 200, 0.02, 0.005


def labelled_text(draft: LabelledDraft) -> str:
    """The whole file."""
    parts = [
        _head(draft),
        _top(draft),
        _words(draft),
        _examples(draft),
        _weights(draft),
        steps(draft),
        _claims(draft),
    ]
    return "\n".join(parts)


def train_command(file: str) -> str:
    """How a lesson file is trained, as one types it."""
    return build_command(file).replace(" build ", " train ", 1)


def _head(draft: LabelledDraft) -> str:
    first = head(draft.file, draft.request.language, "A classifier of your own")
    return first.replace(
        "# The workbook: ",
        f"# First learn the weights:  {train_command(draft.file)}\n# Then the workbook: ",
    )


def _top(draft: LabelledDraft) -> str:
    said = draft.said
    title = said["title"].format(reduce(said["several"].format, draft.labels))
    if characters(title) > TITLE_LENGTH:
        title = said["title_many"].format(len(draft.labels))
    live = [said["reads_as"], said["decides"]]
    if draft.aside:
        live.append(said["aside_right"].format(draft.aside))
    sentences = "".join(f"  {string(text)},\n" for text in live)
    tried = 'try = "order"\n' if len(draft.chosen) > 1 else ""
    return f"""\
title = {string(title)}
subtitle = {string(said["subtitle"].format(len(draft.sentences) - draft.aside))}
sheets = {{ data = {string(said["data"])}, all = {string(said["all"])} }}

# What stands beside the inputs: live sentences, where {{…}} is a step, and bars.
[outcome]
{tried}sentences = [
{sentences}]
bars = [{{ step = "Probabilities" }}, {{ step = "Attention" }}]
"""


def _words(draft: LabelledDraft) -> str:
    columns = ", ".join(f'd{n} = "d{n}"' for n in range(1, draft.request.dimensions + 1))
    return f"""\
# The vocabulary is all words of the sentences; its numbers are learned, a column each.
[vocabulary]
columns = {{ {columns} }}
sheet = "data"

# The sentence on the page: any words of the vocabulary, parted by spaces.
[[words]]
name = "Chosen"
title = {string(draft.said["sentence"])}
sentence = {string(" ".join(draft.chosen))}
"""


def _examples(draft: LabelledDraft) -> str:
    ids = dict(zip(draft.labels, draft.ids, strict=True))
    labels = ", ".join(f"{ids[label]} = {string(label)}" for label in draft.labels)
    rows = "".join(
        f"  {{ words = {string(' '.join(words))}, label = {string(ids[one.label])}"
        f"{', aside = true' if one.aside else ''} }},\n"
        for one, words in zip(draft.sentences, draft.words, strict=True)
    )
    return f"""\
# The sentences, each with its label. aside = true keeps one aside: nothing is learned from it,
# and it shows whether what was learned holds for others. Words are parted by spaces; length is
# how many a sentence may have. After a change here, train again.
[examples]
length = {draft.length}
sheet = "data"
labels = {{ {labels} }}
sentences = [
{rows}]
"""


def _weights(draft: LabelledDraft) -> str:
    seed, width = draft.request.seed, draft.request.dimensions
    seeds = [(seed + number) % 2**32 for number in range(3)]
    return f"""\
# What is learned. Each begins with numbers drawn from its seed; `xlsxattn train` fits them
# to the loss below, writes them into a file beside this one, and names it here.
[weights]
Vocabulary = {{ seed = {seeds[0]}, scale = 0.5 }}
Question = {{ seed = {seeds[1]}, scale = 0.5, rows = 1, columns = {width} }}
W_class = {{ seed = {seeds[2]}, rows = {width}, columns = {len(draft.labels)} }}

[fit]
loss = "Loss"
epochs = {EPOCHS}
learning_rate = {LEARNING_RATE}
weight_decay = {WEIGHT_DECAY}

[notes.W]
note = {string(draft.said["weights_note"])}
"""


def _claims(draft: LabelledDraft) -> str:
    said = draft.said
    claims = [_live("learned", said["learned"], "Learned_right[0, 0] == Learned_right[0, 1]")]
    if draft.aside:
        holds = "2 * Aside_right[0, 0] >= Aside_right[0, 1]"
        claims.append(_live("aside", said["half"], holds))
    sums = "max(abs(row_sum(Probabilities_all) - 1)) <= 1e-12"
    shares = "max(abs(column_sum(Shares) - Logits)) <= 1e-12"
    word = "Without @ one_hot(Decision, Classes).T < max(Probabilities)"
    claims += [
        _live("sums", said["sums"], sums),
        _live("shares", said["shares_add_up"], shares),
        _live("word", said["word"], word) + 'when = "sum(Kept) > 0"\n',
    ]
    if len(draft.chosen) > 1:
        claims.append(_order(draft))
    return f"""\
# What must hold: ✓ or ✗ at the end of the page, live. The last one is tried by `xlsxattn check`.
{chr(10).join(claims)}"""


def _live(name: str, text: str, holds: str) -> str:
    return f'[[claims]]\nname = "{name}"\ntext = {string(text)}\nholds = "{holds}"\n'


def _order(draft: LabelledDraft) -> str:
    """That two words may change places: the model sees which there are, and not where."""
    first, words = draft.chosen[0], draft.chosen
    place = next(number for number, word in enumerate(words) if word != first)
    other = words[place]
    change = f'"Chosen[0]" = {string(other)}, "Chosen[{place}]" = {string(first)}'
    return f"""\
[[claims]]
name = "order"
text = {string(draft.said["order"])}
how = {string(draft.said["order_how"].format(first, other))}
change = {{ {change} }}
then = 'max(abs(Probabilities - before("Probabilities"))) <= 1e-12'
"""
