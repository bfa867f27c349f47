"""A language model of characters with long short-term memory (Hochreiter and Schmidhuber, 1997), its step a graph.

python models/char_rnn/char_rnn.py --layers 2
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import pytorch_from_lua as torch
from pytorch_from_lua import Tensor, nn, optim

TEXT = "the quick brown fox jumps over the lazy dog, and the dog sleeps on. "


def step_of(vocabulary: int, size: int, layers: int) -> nn.Graph:
    """One step: a character, and c and h of each layer.

    It gives the next c and h of each layer, and the log-probabilities of the next character.
    """
    inputs, outputs = [nn.Node(nn.Identity(), name="x")], []
    x, came = inputs[0], vocabulary
    for layer in range(1, layers + 1):
        c, h = nn.Node(nn.Identity(), name=f"c{layer}"), nn.Node(nn.Identity(), name=f"h{layer}")
        inputs += [c, h]
        sums = nn.Node(nn.CAddTable(), x >> nn.Linear(came, 4 * size), h >> nn.Linear(size, 4 * size))
        i, f, o, g = (sums >> nn.Reshape(4, size) >> nn.SplitTable(1)).split(4)
        kept = nn.Node(nn.CMulTable(), f >> nn.Sigmoid(), c)
        next_c = nn.Node(nn.CAddTable(), kept, nn.Node(nn.CMulTable(), i >> nn.Sigmoid(), g >> nn.Tanh()))
        next_h = nn.Node(nn.CMulTable(), o >> nn.Sigmoid(), next_c >> nn.Tanh())
        outputs += [next_c, next_h]
        x, came = next_h, size
    outputs.append(x >> nn.Linear(size, vocabulary) >> nn.LogSoftmax(1))
    return nn.Graph(inputs, outputs)


def main() -> None:
    options = common.options(
        "A language model of characters",
        [
            ("size", 32, "size of c and h"),
            ("layers", 1, "number of layers"),
            ("length", 20, "characters in one sequence"),
            ("rate", 0.03, "learning rate"),
            ("steps", 60, "steps of training"),
            ("sample", 40, "characters to write in the end"),
        ],
    )

    # The characters of the text in order, and the text as their numbers.
    letters = sorted(set(TEXT))
    text, one_hot = torch.tensor([letters.index(letter) for letter in TEXT]), torch.eye(len(letters))

    step = step_of(len(letters), options.size, options.layers)
    for parameter in step.parameters():
        nn.init.uniform_(parameter, -0.08, 0.08)
    initial = common.flat(step)

    def start(batch: int) -> list[Tensor]:
        return [torch.zeros(batch, options.size) for _ in range(2 * options.layers)]

    example = [one_hot[text[: options.batch]], *start(options.batch)]
    common.describe(step, example, options.python)
    print(f"{initial.numel()} parameters")

    optimizer = optim.Adam(step.parameters(), lr=options.rate)
    losses = []
    for i in range(1, options.steps + 1):
        first = (i - 1) * options.length + 7 * torch.arange(options.batch)
        loss, state = 0.0, start(options.batch)
        for t in range(options.length):
            here, after = text[(first + t) % len(TEXT)], text[(first + t + 1) % len(TEXT)]
            *state, said = step(one_hot[here], *state)
            loss = loss + nn.functional.nll_loss(said, after) / options.length
        optimizer.zero_grad()
        loss.backward()
        for parameter in step.parameters():
            parameter.grad.clamp_(-5, 5)
        common.epsilon_as_in_torch7(optimizer, i)
        optimizer.step()
        losses.append(loss.item())
        if i % 10 == 0 or i == options.steps:
            print(f"step {i}: loss {losses[-1]:.6f}")

    # What the model goes on with after the first character, always taking the likeliest one.
    written, state = [text[0].item()], start(1)
    with torch.no_grad():
        for _ in range(options.sample):
            *state, said = step(one_hot[torch.tensor([written[-1]])], *state)
            written.append(said.argmax(1).item())
    print("".join(letters[code] for code in written))
    common.keep(options, step, example, {"initial": initial, "trained": common.flat(step), "losses": losses})


if __name__ == "__main__":
    main()
