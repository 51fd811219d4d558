"""Claims that hold for the numbers that were drawn, found by computing the lesson."""

from __future__ import annotations

import tomllib

import msgspec
import numpy as np

from xlsxattn.compose import compose
from xlsxattn.lesson import Lesson, complete, parse
from xlsxattn.new.draft import ORDINALS, Claim, Draft
from xlsxattn.new.numbers import VISIBLE, Array, threshold
from xlsxattn.new.text import text
from xlsxattn.new.toml import formula, quoted, string
from xlsxattn.new.words import telling
from xlsxattn.outline import Outline


def lesson_of(content: str, language: str) -> Lesson:
    """The lesson that a file's text is; an error of ours where it is wrong."""
    lesson = parse(tomllib.loads(content))
    complete(lesson, language)
    return lesson


def claims_of(draft: Draft) -> list[Claim]:
    """Claims that hold for the drawn numbers, one at least; LessonError for a wrong lesson."""
    language = draft.request.language
    lesson = lesson_of(text(draft, []), language)
    content = compose(lesson, language)
    found: list[Claim | None] = []
    if draft.word and draft.several:
        leaning = _leans(draft, content)
        found = [*(leaning or [_apart(draft, content)]), _swap(draft, lesson, content)]
    elif draft.word:
        found = [_attends(draft, content), _moved(draft, content)]
    claims = [claim for claim in found if claim is not None]
    return claims or _not_ahead(draft) or [_always(draft)]


def _leans(draft: Draft, content: Outline) -> list[Claim | None]:
    """That the shared word comes out of each of two sentences with more of what is there."""
    first, second = draft.meanings.column_of[:2]
    if first is None or second is None or not draft.has_before or draft.own_columns:
        return []
    claims: list[Claim | None] = []
    for number, (more, less) in enumerate(((first, second), (second, first))):
        after = f"After_{draft.ids[number]}"
        if after not in content.nodes:
            return []
        row = _values(content, after)[0]
        if row[more] - row[less] < VISIBLE:
            return []
        names, keys = draft.meanings.names, draft.meanings.keys
        if not draft.telling[number]:
            return []
        place = draft.place(number)
        own = _values(content, f"X_{draft.ids[number]}")[place]
        if own[more] <= own[less]:
            return []
        live = draft.live(number, place)
        said = draft.said["leans"].format(
            live, draft.shown(draft.word), live, draft.shown(names[more]),
            draft.shown(names[less]),
        )  # fmt: skip
        here, there = (f"{after}[0, {quoted(keys[column])}]" for column in (more, less))
        word = f"X_{draft.ids[number]}[{place}, "
        leads = f"{word}{quoted(keys[more])}] > {word}{quoted(keys[less])}]"
        holds = f"where({leads}, {here} - {there}, {there} - {here}) > 0"
        claims.append(_live(f"leans_{draft.ids[number]}", said, holds))
    return claims


def _always(draft: Draft) -> Claim:
    """What holds whatever the numbers are."""
    tail, request = draft.tail(draft.ids[0]), draft.request
    if request.layers:
        holds = f"max(abs(row_mean({draft.output}{tail}))) <= 1e-12"
        return _live("normed", draft.said["normed"], holds)
    one = request.heads == 1  # whose sums have a name
    sums = f"Attention_sum{tail}" if one else f"row_sum(Attention_head1{tail})"
    holds = f"max(abs({sums} - 1)) <= 1e-12"
    return _live("sums", draft.said["sums"], holds)


def _live(name: str, said: str, holds: str) -> Claim:
    return Claim(name, {"text": string(said), "holds": formula(holds)})


def _attends(draft: Draft, content: Outline) -> Claim | None:
    """Which word gets the largest attention weight of one word, where there is one attention."""
    if draft.request.layers:
        return None
    heads = draft.request.heads > 1
    name = "Attention_head1" if heads else "Attention"
    words, word = draft.sentences[0], draft.word
    row = words.index(word)
    weights = _values(content, name)[row]
    column = int(np.argmax(weights))
    said = draft.said["attends_head" if heads else "attends"].format(
        draft.live(0, row), draft.live(0, column)
    )
    holds = f"{name}[{row}, {column}] >= max({name}[{row}])"
    return _live("attends", said, holds)


def _moved(draft: Draft, content: Outline) -> Claim | None:
    """That a word comes out different from how it went in."""
    if not draft.has_before:
        return None
    change = threshold(_values(content, "After") - _values(content, "Before"))
    said = draft.said["moved"].format(draft.shown(draft.word), change)
    return _live("moved", said, f"max(abs(After - Before)) > {change}") if change else None


def _not_ahead(draft: Draft) -> list[Claim]:
    """With a causal mask: that a word gives no weight to a later one."""
    words = draft.sentences[0]
    word = draft.word if draft.word in words[:-1] else words[0]
    if draft.request.mask != "causal" or len(words) < 2:
        return []
    row, heads = words.index(word), draft.request.heads
    names = [f"Attention_head{n + 1}" for n in range(heads)] if heads > 1 else ["Attention"]
    tail = draft.tail(draft.ids[0])
    holds = " and ".join(f"max({name}{tail}[{row}, {row + 1}:]) == 0" for name in names)
    return [_live("ahead", draft.said["ahead"].format(draft.live(0, row)), holds)]


def _apart(draft: Draft, content: Outline) -> Claim | None:
    """That a word comes out of two sentences different."""
    first, second = (f"After_{id_}" for id_ in ORDINALS[:2])
    if first not in content.nodes or second not in content.nodes:
        return None
    change = threshold(_values(content, first) - _values(content, second))
    said = draft.said["apart"].format(draft.shown(draft.word), change)
    return _live("apart", said, f"max(abs({first} - {second})) > {change}") if change else None


def _swap(draft: Draft, lesson: Lesson, content: Outline) -> Claim | None:
    """That a neighbour from the second sentence changes the word in the first."""
    here, there = draft.sentences[:2]
    if draft.request.mask == "causal" and draft.word in here:
        here = here[: here.index(draft.word)]  # it sees no others
    names = draft.request.named
    old, new = telling(here, there, names), telling(there, draft.sentences[0], names)
    after, words = f"After_{ORDINALS[0]}", f"Words_{ORDINALS[0]}"
    if not old or not new or after not in content.nodes:
        return None
    swapped = _values(_with_word(lesson, old, new, draft.request.language), after)
    change = threshold(swapped - _values(content, after))
    if old == draft.word or not change:
        return None
    word, put, away = (draft.shown(each) for each in (draft.word, new, old))
    keys = {
        "text": string(draft.said["swap"].format(word, put, away, change)),
        "how": string(draft.said["swap_how"].format(put, away)),
        "change": f"{{ {formula(f'{words}[{quoted(old)}]')} = {string(new)} }}",
        "then": formula(f'max(abs({after} - before("{after}"))) > {change}'),
    }
    return Claim("swap", keys)


def _with_word(lesson: Lesson, old: str, new: str, language: str) -> Outline:
    """The outline with another word in the first sentence."""
    context = lesson.contexts[0]
    words = list(context.words)
    words[words.index(old)] = new
    contexts = [msgspec.structs.replace(context, words=words), *lesson.contexts[1:]]
    return compose(msgspec.structs.replace(lesson, contexts=contexts), language)


def _values(content: Outline, name: str) -> Array:
    values: Array = content.nodes[name].value
    return values
