"""What train.py and sample.py share: the step of the net, its state and the text; in Lua model.lua and data.lua."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytorch_from_lua as torch
from pytorch_from_lua import Tensor, nn


def step_of(vocab_size: int, rnn_size: int, num_layers: int, dropout: float) -> nn.Graph:
    """One step of a long short-term memory of several layers (Hochreiter and Schmidhuber, 1997).

    It takes a batch of characters, and c and h of each layer; it gives the next c and h of each layer, and the
    log-probabilities of the next character. Dropout goes between layers and never through time (Zaremba et al., 2014).
    """
    inputs, outputs = [nn.Node(nn.Identity())], []
    x = inputs[0] >> nn.Embedding(vocab_size, rnn_size)
    for layer in range(num_layers):
        c, h = nn.Node(nn.Identity()), nn.Node(nn.Identity())
        inputs += [c, h]
        if layer > 0 and dropout > 0:
            x = x >> nn.Dropout(dropout)
        sums = nn.Node(nn.CAddTable(), x >> nn.Linear(rnn_size, 4 * rnn_size), h >> nn.Linear(rnn_size, 4 * rnn_size))
        i, f, o, g = (sums >> nn.Reshape(4, rnn_size) >> nn.SplitTable(1)).split(4)
        kept = nn.Node(nn.CMulTable(), f >> nn.Sigmoid(), c)
        next_c = nn.Node(nn.CAddTable(), kept, nn.Node(nn.CMulTable(), i >> nn.Sigmoid(), g >> nn.Tanh()))
        next_h = nn.Node(nn.CMulTable(), o >> nn.Sigmoid(), next_c >> nn.Tanh())
        outputs += [next_c, next_h]
        x = next_h
    if dropout > 0:
        x = x >> nn.Dropout(dropout)
    outputs.append(x >> nn.Linear(rnn_size, vocab_size) >> nn.LogSoftmax(1))
    return nn.Graph(inputs, outputs)


def start(options: Any, batch_size: int) -> list[Tensor]:
    """c and h of each layer before the first character: zeros of (batch_size, rnn_size)."""
    return [torch.zeros(batch_size, int(options.rnn_size)) for _ in range(2 * int(options.num_layers))]


class Text(NamedTuple):
    """Batches of (batch_size, seq_length), whose rows go on from batch to batch, and the character after each."""

    x: list[Tensor]
    y: list[Tensor]
    train: int
    vocab: list[str]


def load_text(path: Path, vocab: list[str] | None, options: Any) -> Text:
    """Reads a text; without a vocabulary its characters are taken in order.

    Raises:
        ValueError: if a character is not in the vocabulary, or the text is too short for a batch on each side.
    """
    text = path.read_text(encoding="latin-1")
    if vocab is None:
        vocab = sorted(set(text))
    codes = torch.tensor([vocab.index(letter) for letter in text])
    per_batch = options.batch_size * options.seq_length
    batches = (len(text) - 1) // per_batch
    x = codes[: batches * per_batch].view(options.batch_size, -1).split(options.seq_length, 1)
    y = codes[1 : batches * per_batch + 1].view(options.batch_size, -1).split(options.seq_length, 1)
    train = int(batches * options.train_frac)
    if not 0 < train < batches:
        raise ValueError(f"{path}: {len(text)} characters are too few: fewer or shorter sequences are needed")
    return Text(list(x), list(y), train, vocab)
