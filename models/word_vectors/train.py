"""Vectors of words as train.lua makes them, with the same losses and neighbours (Mikolov et al., 2013).

python models/word_vectors/train.py --epochs 15
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import Tensor, nn, optim
from pytorch_from_lua.nn import functional as F


class SkipGram(nn.Module):
    """Two tables of vectors, for a word and for what stands around it; a pair scores the product of its two."""

    def __init__(self, words: int, dim: int) -> None:
        super().__init__()
        self.words, self.contexts = nn.Embedding(words, dim), nn.Embedding(words, dim)
        nn.init.uniform_(self.words.weight, -0.5 / dim, 0.5 / dim)
        nn.init.zeros_(self.contexts.weight)

    def forward(self, words: Tensor, contexts: Tensor) -> Tensor:
        """Takes words of (N,) and contexts of (N, K); gives the probability of each pair, (N, K)."""
        return (self.contexts(contexts) @ self.words(words)[:, :, None]).sigmoid().squeeze(2)


def main() -> None:
    options = common.parse(
        "Vectors of words by skip-grams with negative sampling",
        [
            ("corpus", str(Path(__file__).parent / "../text/pride.txt"), "the text"),
            ("minfreq", 5, "rarer words are left out"),
            ("dim", 40, "size of a vector"),
            ("window", 4, "words on each side that belong to a word"),
            ("neg_samples", 5, "drawn words for each true pair"),
            ("subsample", 0.001, "words of a larger share are left out at times"),
            ("alpha", 0.75, "power of the counts from which words are drawn"),
            ("table_size", 100000, "entries of the table from which words are drawn"),
            ("batch_size", 128, "pairs in one step"),
            ("lr", 0.05, "learning rate at the start; it falls to a tenth"),
            ("epochs", 15, "passes over the text"),
            ("max_steps", 0, "steps in a pass at most; 0 for all"),
            ("words", "elizabeth,sister,man,she,ball", "words whose nearest neighbours are shown"),
            ("seed", 1, "random seed"),
            ("save", "", "where the vectors go; nowhere if empty"),
        ],
    )
    # The vocabulary: words from the most frequent, those of one count in order of the alphabet.
    text = re.findall("[a-z]+", Path(options.corpus).read_text(encoding="ascii").lower())
    counts = Counter(text)
    words = sorted((w for w in counts if counts[w] >= options.minfreq), key=lambda w: (-counts[w], w))
    index = {word: i for i, word in enumerate(words)}
    corpus = torch.tensor([index[word] for word in text if word in index])
    print(f"{len(corpus)} words in the text, {len(words)} in the vocabulary")

    frequency = torch.tensor([counts[word] for word in words]).double()
    bounds = (frequency**options.alpha).cumsum(0)
    bounds *= options.table_size / (frequency**options.alpha).sum()
    places = torch.arange(1, options.table_size + 1).double()
    unigrams = torch.searchsorted(bounds, places).clamp(max=len(words) - 1)
    keep = (options.subsample * len(corpus) / frequency).sqrt()

    def pairs_of_epoch() -> Tensor:
        """All pairs of a word and another within the window, of the words that are kept: (N, 2)."""
        kept = corpus[torch.rand(len(corpus)) < keep[corpus]].tolist()
        reach = torch.randint(1, options.window + 1, (len(kept),)).tolist()
        return torch.tensor(
            [
                (word, kept[other])
                for place, word in enumerate(kept)
                for other in range(max(0, place - reach[place]), min(len(kept), place + reach[place] + 1))
                if other != place
            ]
        )

    model = SkipGram(len(words), options.dim)
    optimizer = optim.SGD(model.parameters(), lr=options.lr)
    labels = torch.zeros(options.batch_size, 1 + options.neg_samples)
    labels[:, 0] = 1
    for epoch in range(1, options.epochs + 1):
        examples = pairs_of_epoch()
        order = torch.randperm(len(examples))
        steps = len(examples) // options.batch_size
        if options.max_steps > 0:
            steps = min(steps, options.max_steps)
        optimizer.param_groups[0]["lr"] = options.lr * (1 - 0.9 * (epoch - 1) / options.epochs)
        total = 0.0
        for batch in order[: steps * options.batch_size].split(options.batch_size):
            word, context = examples[batch].unbind(1)
            drawn = torch.randint(1, options.table_size + 1, (options.batch_size, options.neg_samples)) - 1
            said = model(word, torch.cat([context[:, None], unigrams[drawn]], 1))
            loss = F.binary_cross_entropy(said, labels, reduction="sum")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch}: {len(examples)} pairs, loss {total / (steps * options.batch_size):.6f}")

    # The words whose vectors point the same way.
    vectors = model.words.weight.detach()
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    for word in options.words.split(","):
        if word in index:
            likeness, order = (unit @ unit[index[word]]).sort(descending=True)
            near = zip(order.tolist()[1:7], likeness.tolist()[1:7], strict=True)
            print(f"{word}: " + ", ".join(f"{words[i]} {value:.3f}" for i, value in near))
    if options.save != "":
        Path(options.save).parent.mkdir(parents=True, exist_ok=True)
        lua_compat.save(options.save, {"words": words, "vectors": vectors})


if __name__ == "__main__":
    main()
