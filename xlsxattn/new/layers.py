"""The layers of a lesson file: uses of one block, a seed each."""

from __future__ import annotations

from xlsxattn.new.draft import Draft
from xlsxattn.new.toml import string

#: How much wider the hidden units are than the words, so that a page of few words holds them.
WIDER = 2


def layers(draft: Draft) -> str:
    """The steps that use the block, each over what the one before it gave."""
    number = draft.request.layers
    return f"""\
# Layers: each is a use of one block, encoder_block, written once: attention, add and norm,
# feed-forward, add and norm. Its numbers are drawn from its seed; weights of your own stand in
# [weights], as W_Q_layer1 = [[…], […]], or in a file: weights = {{ file = "my-weights.npz" }}.
# heads: must divide the number of columns. hidden: the width of the feed-forward network.
# folded: its steps are on a sheet of their own, and the page shows the result.
{chr(10).join(_layer(draft, layer) for layer in range(1, number + 1))}"""


def _layer(draft: Draft, layer: int) -> str:
    request = draft.request
    before = f"Layer_{layer - 1}" if layer > 1 else "X"
    hidden = WIDER * request.width
    folded = "folded = true\n" if layer > 1 else ""
    return f"""\
[[steps]]
name = "Layer_{layer}"
title = {string(draft.said["layer"].format(layer))}
use = "encoder_block"
from = "{before}"
numbers = {{ heads = {request.heads}, hidden = {hidden} }}
weights = {{ seed = {(request.seed + layer) % 2**32} }}
{folded}"""
