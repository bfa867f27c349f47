"""Writes text with a model that train.lua or train.py saved: the text that sample.lua writes.

python models/char_lstm/sample.py cv/lstm_epoch10.t7 --temperature 0.7 --primetext 'Mr. Darcy '
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common
from lstm import start

import lua_compat
import pytorch_from_lua as torch


@torch.no_grad()
def main() -> None:
    options = common.parse(
        "Writes text with a language model of characters",
        [
            ("length", 400, "characters to write"),
            ("temperature", 0.7, "lower: likelier characters; higher: rarer ones"),
            ("primetext", "It is ", "how the text begins"),
            ("sample", 1, "1: draw characters; 0: always take the likeliest"),
            ("seed", 123, "random seed"),
        ],
        argument=("model", "the checkpoint"),
    )
    checkpoint = lua_compat.load(options.model)
    common.use(checkpoint.opt.type, options.seed)
    step, vocab = checkpoint.step.eval(), list(checkpoint.vocab)
    if not options.primetext or not set(options.primetext) <= set(vocab):
        sys.exit("primetext: needs a character at least, and only those of the text that the model has read")

    state = start(checkpoint.opt, 1)
    for letter in options.primetext:
        *state, said = step(torch.tensor([vocab.index(letter)]), *state)
    written = options.primetext
    for _ in range(options.length):
        if options.sample == 0:
            number = said.argmax(1)
        else:
            number = torch.multinomial((said / options.temperature).exp(), 1)[0]
        written += vocab[number.item()]
        *state, said = step(number, *state)
    print(written)


if __name__ == "__main__":
    main()
