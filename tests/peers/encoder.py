"""Two encoder layers with ``Workbook``: post-norm, ReLU, every step a live formula."""

from xlsxattn import Matrix, Workbook, attention, layer_norm, relu


def encoder_layer(book: Workbook, layer: int, x: Matrix, w: dict[str, Matrix], heads: int):
    """Attention, add & norm, feed-forward, add & norm, as steps of a workbook."""

    def linear(x: Matrix, name: str) -> Matrix:
        return x @ w[f"W_{name}_{layer}"] + w[f"b_{name}_{layer}"]

    def norm(x: Matrix, name: str) -> Matrix:
        return layer_norm(x, w[f"gain_{name}_{layer}"], w[f"shift_{name}_{layer}"])

    Q, K, V = (book.step(f"{name}_{layer}", linear(x, name)) for name in "QKV")
    attended = book.step(f"Attended_{layer}", attention(Q, K, V, heads=heads))
    normed = book.step(f"Normed_{layer}", norm(x + linear(attended, "O"), "attention"))
    back = linear(relu(linear(normed, "hidden")), "back")
    return book.step(f"Layer_{layer}", norm(normed + back, "forward"))


def encoder(words, X, weights, heads: int, path) -> None:
    """Write the workbook of two layers over embeddings ``X``, a row a word."""
    book = Workbook("Two encoder layers")
    x = book.input("X", X, rows=words)
    w = {name: book.input(name, values) for name, values in weights.items()}
    for layer in (1, 2):
        x = encoder_layer(book, layer, x, w, heads)
    book.save(path)
