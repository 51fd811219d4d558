"""The text of a lesson file, part by part, each with its comment."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxattn.lesson import MAX_TEXT
from xlsxattn.new.draft import CAPTION_LENGTH, ORDINALS, Claim, Draft
from xlsxattn.new.layers import layers
from xlsxattn.new.toml import formula, key, listed, quoted, row, string
from xlsxattn.new.words import plain, shortened
from xlsxattn.schema import SCHEMA_FILE
from xlsxattn.texts import DEFAULT
from xlsxattn.widths import characters

#: A title in its large type.
TITLE_LENGTH = 36
#: The columns that a chart shows apart.
CHART_COLUMNS = 12


def text(draft: Draft, claims: Sequence[Claim]) -> str:
    """The whole file."""
    how = [layers(draft)] if draft.request.layers else [_attention(draft), _weights(draft)]
    parts = [
        head(draft.file, draft.request.language),
        _top(draft),
        _words(draft),
        _contexts(draft),
        *how,
        _steps(draft),
        _claims(claims),
    ]
    return "\n".join(parts)


def build_command(file: str) -> str:
    """How a lesson file is built, as one types it."""
    shown = f'"{file}"' if " " in file else file
    return f"xlsxattn build {shown}"


def head(file: str, language: str = DEFAULT, what: str = "A lesson of your own") -> str:
    """The first lines of a lesson file: what it is, its language, how a teacher goes on."""
    own = f"language = {string(language)}\n" if language != DEFAULT else ""
    return f"""\
#:schema ./{SCHEMA_FILE}
# {what}. Change the words and the numbers; lines that begin with # are comments.
# The workbook:  {build_command(file)}
# A handout to print, where LibreOffice is installed:  {build_command(file)} --pdf --open
# Every key that a lesson may have, with examples:  xlsxattn guide
# The first line is for editors: with {SCHEMA_FILE} beside this file they know the keys.
format = 1
{own}"""


def _top(draft: Draft) -> str:
    sentences = [plain(sentence) for sentence in draft.request.sentences]
    whole = " / ".join(sentences)
    title = shortened(_title(draft) or sentences[0], TITLE_LENGTH)
    subtitle = "" if whole == title else shortened(whole, MAX_TEXT)
    focus = f"focus = {string(draft.focus or draft.sentences[0][0])}"
    return f"""\
# The title and the line below it. A text may also be given for each language of the page:
# title = {{ en = "My title", zh = "我的标题" }}
title = {string(title)}
subtitle = {string(subtitle)}

# The word whose rows are bold.
{focus if draft.focus else "# " + focus}
"""


def _title(draft: Draft) -> str:
    """The word that the sentences share, and the two words between which they decide."""
    if not draft.several:
        return ""
    if len(draft.sentences) == 2 and draft.focus and all(draft.telling):
        title = draft.said["lesson"].format(draft.focus, *draft.telling)
        if characters(title) <= TITLE_LENGTH:
            return title
    return draft.focus


def _words(draft: Draft) -> str:
    meanings = zip(draft.meanings.keys, draft.meanings.names, strict=True)
    columns = ", ".join(f"{name} = {string(label)}" for name, label in meanings)
    rows = "\n".join(
        f"{key(word)} = {row(numbers)}"
        for word, numbers in zip(draft.vocabulary, draft.numbers.embeddings, strict=True)
    )
    return f"""\
# The vocabulary: one row for a word, one number for each column. {_guessed(draft)}
# Put your own in their place. Columns are yours to name, by what they mean, as in:
# animal = "animal". The name before = is for formulas: letters, digits, _. Every row needs
# as many numbers as there are columns. Capitals make no other word.
[vocabulary]
columns = {{ {columns} }}

[vocabulary.words]
{rows}
"""


def _guessed(draft: Draft) -> str:
    """Where the numbers come from, in one or two lines of a comment."""
    drawn = f"drawn from seed {draft.request.seed}"
    if not draft.meanings.guessed:
        return f"These numbers are {drawn}."
    return (
        "These numbers are guesses:\n# each sentence has a column in which its own words are "
        f"large. A little is {drawn}."
    )


def _contexts(draft: Draft) -> str:
    parts = []
    for number, (id_, own) in enumerate(zip(draft.ids, draft.captions, strict=True), start=1):
        caption = own if own == str(number) else f"{number} · {own}"
        title = f"title = {string(caption)}\n" if draft.several else ""
        words = listed(draft.sentences[number - 1])
        parts.append(f'[[contexts]]\nid = "{id_}"\n{title}words = {words}\n')
    return f"""\
# The sentences, one to four, side by side on the page. Every word must be in the vocabulary.
# Another sentence is another [[contexts]] with an id of its own. The names of its steps end
# in its id, as in {draft.output}_{ORDINALS[1]}; with one sentence alone they have no such end.
{chr(10).join(parts)}"""


def _attention(draft: Draft) -> str:
    request = draft.request
    positions = "sinusoidal" if request.positions else "off"
    query = draft.focus or draft.vocabulary[0]
    inspector = f"{{ query = {string(query)}, key = {string(draft.sentences[0][-1])} }}"
    return f"""\
# How attention works; these choices are independent.
# scores: "scaled-dot" (divided by √d_k) or "dot".
# mask: "causal" (no word looks ahead) or "window" (only at its neighbours), both with a switch
#   on the page; "none" is the switch, at first at none; "off" has no switch.
# heads: must divide the number of columns. positions: "sinusoidal", "rotary" or "off".
# inspector: choose two words on the page and see their dot product; remove the # to have it.
[attention]
scores = "scaled-dot"
mask = {string(request.mask)}
heads = {request.heads}
positions = {string(positions)}
temperature = 1.0
# inspector = {inspector}
"""


def _weights(draft: Draft) -> str:
    if not draft.numbers.weights:
        return """\
# Weights, one row for each column of the vocabulary. Without them, queries, keys and values
# are the embeddings themselves. To have some: [weights], then W_Q = [[…], […]], W_K, W_V.
"""
    matrices = "\n".join(
        f"{name} = [\n" + "".join(f"  {row(numbers)},\n" for numbers in rows) + "]"
        for name, rows in draft.numbers.weights.items()
    )
    return f"""\
# Weights: queries are X · W_Q, keys X · W_K, values X · W_V. One row for each column of the
# vocabulary; W_Q and W_K need the same number of columns. With heads, each head takes its
# share of the columns, and W_O joins what they find.
[weights]
{matrices}
"""


def _steps(draft: Draft) -> str:
    """A table of the word's rows, before attention if they compare, and after, with a chart."""
    rows = _step_rows(draft)
    if not rows:
        return """\
# Steps of your own: [[steps]] with a name and a formula, such as Output * 2.
"""
    shown = shortened(draft.word, CAPTION_LENGTH)
    what = "" if draft.has_before else "after_"
    keys = ("title", "note", "note_several", "chart")
    said = {name: draft.said[what + name] for name in keys}
    if draft.request.layers:
        said["chart"] = draft.said["layers_chart"]
    of = "the layers" if draft.request.layers else "attention"
    about = f"before and after {of}" if draft.has_before else f"after {of}"
    columns = [str(number + 1) for number in range(draft.request.width)]
    ids = columns if draft.own_columns else draft.meanings.keys
    few = f"columns = {listed(ids[:CHART_COLUMNS])}\n" if len(ids) > CHART_COLUMNS else ""
    return f"""\
# Steps of your own: here the rows of one word, {about}, and a chart of them.
# A formula is written with the names of steps: {draft.output} is what comes out, X what went in.
[[steps]]
name = "Meaning"
title = {string(said["title"])}
note = {string(said["note_several" if draft.several else "note"])}
mathematics = {string(shown)}
heat = true
{"" if not draft.own_columns else f"columns = {listed(columns)}" + chr(10)}rows = [
{"".join(rows)}]
[steps.chart]
title = {string(shown)}
alternative = {string(said["chart"].format(shown))}
{few}"""


def _step_rows(draft: Draft) -> list[str]:
    """The rows of the step: the word as it goes in, and as it comes out of each sentence."""
    having = [
        (draft.tail(id_), own)
        for id_, own, words in zip(draft.ids, draft.captions, draft.sentences, strict=True)
        if draft.word in words
    ]
    word = f"[{quoted(draft.word)}]"
    rows = []
    if having and draft.has_before:
        source = "Embeddings" if draft.request.positions else "X"
        rows.append(_step_row("Before", f"{source}{having[0][0]}{word}", draft.said["in"]))
    for tail, own in having:
        label = draft.said["out_of"].format(own) if draft.several else draft.said["out"]
        rows.append(_step_row(f"After{tail}", f"{draft.output}{tail}{word}", label))
    return rows


def _step_row(name: str, of: str, label: str) -> str:
    return f"  {{ name = {string(name)}, formula = {formula(of)}, label = {string(label)} }},\n"


def _claims(claims: Sequence[Claim]) -> str:
    blocks = "\n".join(_claim(claim) for claim in claims)
    return f"""\
# What must hold: ✓ or ✗ at the end of the page, live. They hold for the numbers above. Where
# you change those, change or remove these.
{blocks or "# [[claims]] needs a name, a text, and holds, a formula such as Temperature < 2"}"""


def _claim(claim: Claim) -> str:
    keys = "".join(f"{name} = {value}\n" for name, value in claim.keys.items())
    return f'[[claims]]\nname = "{claim.name}"\n{keys}'
