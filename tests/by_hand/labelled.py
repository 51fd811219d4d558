"""Training by labels again in plain NumPy: cross-entropy, backwards by hand.

Sentence by sentence over the words that it has, with no mask and no vocabulary-wide softmax: the
way it is on paper, and another way than that of the sheet, whose matrices are filled from it.
"""

from __future__ import annotations

import math

import numpy as np

from by_hand.tables import Array, Labels, Named, Table, labels_of
from by_hand.training import Epochs
from xlsxattn.lesson import Attention, Context, Lesson, Training

#: A word that a sentence has not.
FAR = -1e30


def learn(lesson: Lesson, training: Training, table: Table, language: str) -> None:
    """Add every step of training by labels to a table that has the inputs."""
    _Labelled(lesson, training, table, language).train()


class _Labelled(Epochs):
    def __init__(self, lesson: Lesson, training: Training, table: Table, language: str) -> None:
        super().__init__(lesson, training, table, lambda _: None)
        self.listed = [str(word) for word in table["Vocabulary_words"].values[:, 0]]
        self.dimensions = table["Vocabulary"].columns
        self.classes = table["W_class"].columns
        self.learned = [c for c in lesson.contexts if not c.aside]
        self.aside = [c for c in lesson.contexts if c.aside]
        for contexts, tail in ((self.learned, ""), (self.aside, "_aside")):
            if contexts:
                self.read(contexts, tail, language)
        word = str(table["Words"].values[0, 0])
        X = table["Vocabulary"].values[[self.listed.index(word)]]
        table["X"] = Named(X, [word], self.dimensions)

    def read(self, contexts: list[Context], tail: str, language: str) -> None:
        """Which words sentences have, and the names of their rows."""
        table, has = self.table, np.zeros((len(contexts), len(self.listed)))
        for row, context in enumerate(contexts):
            words = [str(word) for word in table[f"Words_{context.id}"].values[:, 0]]
            each = np.array([[float(word == other) for other in self.listed] for word in words])
            table[f"OneHot_{context.id}"] = Named(each, words, self.listed)
            for word in words:
                has[row, self.listed.index(word)] = 1
        titles = [
            (c.title if isinstance(c.title, str) else c.title[language]) or " ".join(c.words)
            for c in contexts
        ]
        rows = labels_of(dict(zip([c.id for c in contexts], titles, strict=True)), language)
        table[f"Mask{tail}"] = Named(has, rows, self.listed)
        table[f"Targets{tail}"].rows, table[f"Targets{tail}"].columns = rows, self.classes

    # --- forward ---

    def repeat_inputs(self, epoch: int) -> None:
        for name in ("X", "Vocabulary"):
            self.table[f"{name}_epoch{epoch}"] = self.table[name]

    def pass_forward(self, weights: dict[str, Array]) -> Table:
        return self.judged(weights, "")

    def judged(self, weights: dict[str, Array], tail: str) -> Table:
        """Every sentence on its own: softmax over its words, softmax over the classes."""
        X, words = self.table["X"].values, self.table["Vocabulary"].values
        Q = X @ weights["W_Q"] if "W_Q" in weights else X
        K = words @ weights["W_K"] if "W_K" in weights else words
        V = words @ weights["W_V"] if "W_V" in weights else words
        has, targets = self.table[f"Mask{tail}"], self.table[f"Targets{tail}"].values
        scores = (K @ Q[0])[None, :]
        divisor = self.divisor(K)
        shape, count = has.values.shape, len(self.listed)
        scaled, powers, shares = np.full(shape, FAR), np.zeros(shape), np.zeros(shape)
        sums, tops = np.zeros((shape[0], 1)), np.zeros((shape[0], 1))
        attended = np.zeros((shape[0], V.shape[1]))
        for row in range(shape[0]):
            own = [word for word in range(count) if has.values[row, word] == 1]
            scaled[row, own] = scores[0, own] / divisor
            tops[row] = max(scaled[row, own])
            for word in own:
                powers[row, word] = math.exp(scaled[row, word] - tops[row, 0])
            sums[row] = sum(powers[row, own])
            for word in own:
                shares[row, word] = powers[row, word] / sums[row, 0]
                attended[row] += shares[row, word] * V[word]
        output = attended @ weights["W_out"] if "W_out" in weights else attended
        logits = output @ self.table["W_class"].values
        best = logits.max(axis=1, keepdims=True)
        exponentials = np.exp(logits - best)
        whole = exponentials.sum(axis=1, keepdims=True)
        chances = exponentials / whole
        cost = -np.log((chances * targets).sum(axis=1, keepdims=True))

        rows, asks = has.rows, self.table["X"].rows
        found: Table = {}
        if "W_Q" in weights:
            found["Q"] = Named(Q, asks, self.table["W_Q"].columns)
        if "W_K" in weights:
            found["K"] = Named(K, self.listed, self.table["W_K"].columns)
        if "W_V" in weights:
            found["V"] = Named(V, self.listed, self.table["W_V"].columns)
        found["Scores"] = Named(scores, asks, self.listed)
        of_values: Labels = self.table["W_V"].columns if "W_V" in weights else self.dimensions
        result = self.table["W_out"].columns if "W_out" in weights else of_values
        if "W_out" in weights:
            found["Attended"] = Named(attended, rows, of_values)
        for name, values, columns in (
            ("Scaled", scaled, self.listed),
            ("RowMax", tops, None),
            ("Exponentials", powers, self.listed),
            ("RowSum", sums, None),
            ("Attention", shares, self.listed),
            ("Output", output, result),
            ("Logits", logits, self.classes),
            ("ClassMax", best, None),
            ("ClassExponentials", exponentials, self.classes),
            ("ClassSum", whole, None),
            ("Probabilities", chances, self.classes),
            ("CrossEntropy", cost, None),
        ):
            found[name] = Named(values, rows, columns)
        return found

    def divisor(self, K: Array) -> float:
        """What scores are divided by; its width is a step where there is a root of it."""
        assert isinstance(self.lesson.attention, Attention)
        if self.lesson.attention.scores == "dot":
            return self.number("Temperature")
        self.table["d_k"] = Named(np.array([[float(K.shape[1])]]))
        return self.number("Temperature") * math.sqrt(K.shape[1])

    def loss(self, steps: Table) -> Array:
        return np.array([[steps["CrossEntropy"].values.mean()]])

    # --- backwards ---

    def pass_backward(self, steps: Table, weights: dict[str, Array]) -> Table:
        """p − t over the number of sentences, and from there back to the weights."""
        found: Table = {}

        def give(name: str, gradient: Array) -> Array:
            like = steps.get(name) or self.table[name]
            found[f"d{name}"] = Named(gradient, like.rows, like.columns)
            return gradient

        def value(name: str) -> Array:
            return steps[name].values

        X, words = self.table["X"].values, self.table["Vocabulary"].values
        targets, W_class = self.table["Targets"].values, self.table["W_class"].values
        Q = value("Q") if "W_Q" in weights else X
        K = value("K") if "W_K" in weights else words
        V = value("V") if "W_V" in weights else words
        count = len(targets)
        give("CrossEntropy", np.full((count, 1), 1 / count))
        d_sum = give("ClassSum", 1 / count / value("ClassSum"))
        give("ClassExponentials", np.repeat(d_sum, targets.shape[1], axis=1))
        d_logits = give("Logits", (value("Probabilities") - targets) / count)
        d_output = give("Output", d_logits @ W_class.T)
        if "W_out" in weights:
            give("W_out", value("Attended").T @ d_output)
            d_output = give("Attended", d_output @ weights["W_out"].T)
        d_attention = give("Attention", d_output @ V.T)
        shares, sums = value("Attention"), value("RowSum")
        if "W_V" in weights:
            give("W_V", words.T @ give("V", shares.T @ d_output))
        slack = (d_attention * shares).sum(axis=1, keepdims=True)
        give("RowSum", -slack / sums)
        give("Exponentials", (d_attention - slack) / sums)
        d_scaled = give("Scaled", shares * (d_attention - slack))
        divisor = self.divisor(K)
        d_scores = give("Scores", d_scaled.sum(axis=0, keepdims=True) / divisor)
        if "W_K" in weights:
            give("W_K", words.T @ give("K", d_scores.T @ Q))
        if "W_Q" in weights:
            give("W_Q", X.T @ give("Q", d_scores @ K))
        return found

    # --- after the last epoch ---

    def alias_last(self) -> None:
        """The sentences kept aside, with the weights that the last epoch begins with."""
        if self.aside:
            last = f"_epoch{self.training.epochs}"
            weights = {name: self.table[f"{name}{last}"].values for name in self.names}
            shared = ("Q", "K", "V")
            for name, named in self.judged(weights, "_aside").items():
                if name not in shared:
                    self.table[f"{name}_aside"] = named
        super().alias_last()
