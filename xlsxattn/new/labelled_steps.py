"""The steps of a classifier's lesson: one sentence step by step, then all of them at once."""

from __future__ import annotations

from xlsxattn.new.labelled import LabelledDraft
from xlsxattn.new.toml import formula, listed, string


def steps(draft: LabelledDraft) -> str:
    """All steps, in their order on the page."""
    return "\n".join([_attention(draft), _decision(draft), _all(draft)])


def _attention(draft: LabelledDraft) -> str:
    said = draft.said
    return f"""\
# One attention: a question that is learned, the same for every sentence, is compared with each
# word; the words are mixed by how well they answer it. (Yang et al., "Hierarchical Attention
# Networks for Document Classification", 2016, section 2.2, without their hidden layers.)
[[steps]]
name = "X"
formula = "lookup(Chosen, Vocabulary)"
title = {string(said["X"])}
note = {string(said["X_note"])}
tone = "input"

[[steps]]
name = "Real"
formula = 'where(Chosen != "·", 1, 0)'
title = {string(said["real"])}
beside = "X"
decimals = 0

[[steps]]
name = "Scores"
formula = "where(Real == 1, X @ Question.T / sqrt({draft.request.dimensions}), -1E+30)"
title = {string(said["scores"])}
note = {string(said["scores_note"])}
mathematics = "x · qᵀ / √d"
columns = [{string(said["score"])}]
tone = "scores"

[[steps]]
name = "Exponentials"
formula = "exp(Scores - max(Scores))"
title = {string(said["exponential"])}
beside = "Scores"

[[steps]]
name = "Attention"
formula = "Exponentials / sum(Exponentials)"
title = {string(said["attention"])}
beside = "Scores"
heat = true

[[steps]]
name = "Pooled"
formula = "Attention.T @ X"
title = {string(said["pooled"])}
note = {string(said["pooled_note"])}
row_labels = [{string(said["sentence"])}]
tone = "output"
"""


def _decision(draft: LabelledDraft) -> str:
    said, labels = draft.said, listed(draft.labels)
    sentence = f"row_labels = [{string(said['sentence'])}]"
    return f"""\
# A score for each label, and the softmax over the labels.
[[steps]]
name = "Logits"
formula = "Pooled @ W_class"
title = {string(said["logits"])}
columns = {labels}
{sentence}

[[steps]]
name = "Probabilities"
formula = "softmax(Logits)"
title = {string(said["probabilities"])}
note = {string(said["probabilities_note"])}
columns = {labels}
{sentence}
heat = true

[[steps]]
name = "Decision"
formula = "largest_label(Probabilities)"
title = {string(said["decision"])}
beside = "Probabilities"

# What each word adds to each score, and what comes out without the word that adds the most.
[[steps]]
name = "Shares"
formula = "Attention * (X @ W_class)"
title = {string(said["shares"])}
note = {string(said["shares_note"])}
columns = {labels}
signed = true
heat = true

[[steps]]
name = "For_decision"
formula = "where(Real.T == 1, one_hot(Decision, Classes) @ Shares.T, -1E+30)"
sheet = "all"

[[steps]]
name = "Deciding_word"
formula = "largest_label(For_decision)"
sheet = "all"

[[steps]]
name = "Decides"
formula = "where(Chosen == Deciding_word, 1, 0)"
title = {string(said["decides_column"])}
beside = "Shares"
decimals = 0

[[steps]]
name = "Kept"
formula = "Real * (1 - Decides)"
sheet = "all"

[[steps]]
name = "Without"
formula = "softmax(attention(Question, X, X, mask=Kept.T) @ W_class)"
sheet = "all"

[[steps]]
name = "Compared"
title = {string(said["compared"])}
note = {string(said["compared_note"])}
columns = {labels}
heat = true
rows = [
{_row("With_all", "Probabilities", said["with_all"])}\
{_row("Without_it", "Without", said["without"])}]
[steps.chart]
title = {string(said["compared_chart"])}
alternative = {string(said["compared_alternative"])}
"""


def _all(draft: LabelledDraft) -> str:
    said, labels, count = draft.said, listed(draft.labels), len(draft.sentences)
    rows = [_row("Learned_right", "beside(sum(Right_learned), sum(Learned))", said["learned_from"])]
    if draft.aside:
        rows.append(_row("Aside_right", "beside(sum(Right_aside), sum(Aside))", said["kept_aside"]))
    kept_aside = f"""\
[[steps]]
name = "Right_aside"
formula = "Right * Aside"
title = {string(said["kept_aside"])}
beside = "Probabilities_all"
decimals = 0

"""
    return f"""\
# The same for all sentences, on a sheet of its own, and the loss over those that are learned
# from: the cross-entropy.
[[steps]]
name = "Words_all"
formula = "one_column(Sentences)"
sheet = "all"

[[steps]]
name = "X_all"
formula = "lookup(Words_all, Vocabulary)"
sheet = "all"

[[steps]]
name = "Real_all"
formula = 'where(Sentences != "·", 1, 0)'
sheet = "all"
decimals = 0

[[steps]]
name = "Questions"
formula = "repeat(Question, {count})"
sheet = "all"

[[steps]]
name = "Pooled_all"
formula = "attention(Questions, X_all, X_all, mask=Real_all, sentences={count})"
sheet = "all"

[[steps]]
name = "Logits_all"
formula = "Pooled_all @ W_class"
columns = {labels}
sheet = "all"

[[steps]]
name = "Probabilities_all"
formula = "softmax(Logits_all)"
title = {string(said["predictions"])}
columns = {labels}
sheet = "all"
heat = true

[[steps]]
name = "Predicted"
formula = "largest_label(Probabilities_all)"
title = {string(said["predicted"])}
beside = "Probabilities_all"

[[steps]]
name = "Right"
formula = "where(Predicted == Sentence_labels, 1, 0)"
title = {string(said["right"])}
beside = "Probabilities_all"
decimals = 0

[[steps]]
name = "Learned"
formula = "1 - Aside"
title = {string(said["learns"])}
beside = "Probabilities_all"
decimals = 0

[[steps]]
name = "Right_learned"
formula = "Right * Learned"
title = {string(said["learned_from"])}
beside = "Probabilities_all"
decimals = 0

{kept_aside if draft.aside else ""}[[steps]]
name = "Targets"
formula = "one_hot(Sentence_labels, Classes)"
sheet = "all"
decimals = 0

[[steps]]
name = "Loss"
formula = "-(sum(Targets * log_softmax(Logits_all) * Learned) / max(sum(Learned), 1))"
title = {string(said["loss"])}
sheet = "all"
decimals = 4

[[steps]]
name = "Results"
title = {string(said["results"])}
note = {string(said["results_note"])}
columns = [{string(said["right"])}, {string(said["of"])}]
decimals = 0
rows = [
{"".join(rows)}]
"""


def _row(name: str, of: str, label: str) -> str:
    return f"  {{ name = {string(name)}, formula = {formula(of)}, label = {string(label)} }},\n"
