"""Trains the language model of characters of train.lua, with the same losses; each reads the checkpoints of both.

python models/char_lstm/train.py --rnn_size 128 --max_epochs 10
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common
from lstm import load_text, start, step_of

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import Tensor, nn, optim

HERE = Path(__file__).parent

OPTIONS: list[tuple[str, object, str]] = [
    ("data", str(HERE / "../text/pride.txt"), "the text"),
    ("rnn_size", 128, "size of c and h"),
    ("num_layers", 2, "number of layers"),
    ("dropout", 0.1, "probability of dropout between layers; 0 for none"),
    ("learning_rate", 0.004, "learning rate"),
    ("learning_rate_decay", 0.9, "what the learning rate is multiplied by after an epoch"),
    ("learning_rate_decay_after", 5, "epochs before the learning rate begins to fall"),
    ("seq_length", 40, "characters through which gradients go back"),
    ("batch_size", 20, "sequences in one step"),
    ("max_epochs", 10, "passes over the text"),
    ("grad_clip", 5.0, "gradients are clamped to this"),
    ("train_frac", 0.95, "the part of the text to train on; the rest tells how good the model is"),
    ("init_from", "", "a checkpoint to go on from"),
    ("seed", 123, "random seed"),
    ("type", "double", "double or float"),
    ("print_every", 20, "steps between lines"),
    ("checkpoint_dir", "cv", "where checkpoints go"),
    ("savefile", "lstm", "how their names begin"),
]

#: What a checkpoint decides.
KEPT = ["rnn_size", "num_layers", "dropout", "seq_length", "batch_size", "train_frac", "grad_clip"]
KEPT += ["learning_rate", "learning_rate_decay", "learning_rate_decay_after"]


def main() -> None:
    options = common.parse("A language model of characters", OPTIONS)
    checkpoint = None
    if options.init_from != "":
        checkpoint = lua_compat.load(options.init_from)
        for name in KEPT:
            setattr(options, name, type(getattr(options, name))(checkpoint.opt[name]))

    data = load_text(Path(options.data), None if checkpoint is None else list(checkpoint.vocab), options)
    held = len(data.x) - data.train
    print(f"{len(data.vocab)} characters in the vocabulary, {data.train} batches to train on, {held} to validate")

    if checkpoint is None:
        step = step_of(len(data.vocab), options.rnn_size, options.num_layers, options.dropout)
        for parameter in step.parameters():
            nn.init.uniform_(parameter, -0.08, 0.08)
    else:
        step = checkpoint.step.train()
    optimizer = optim.Adam(step.parameters(), lr=options.learning_rate)
    losses: list[float] = []
    val_losses: list[float] = []
    if checkpoint is not None:
        losses, val_losses = list(checkpoint.losses), list(checkpoint.val_losses)
        common.load_adam(optimizer, checkpoint.optim_state)
        torch.set_rng_state(checkpoint.rng)
    print(f"{sum(p.numel() for p in step.parameters())} parameters")

    def forward(x: Tensor, y: Tensor, state: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        loss = torch.zeros(())
        for t in range(options.seq_length):
            *state, said = step(x[:, t], *state)
            loss = loss + nn.functional.nll_loss(said, y[:, t])
        return loss / options.seq_length, [value.detach() for value in state]

    @torch.no_grad()
    def evaluate() -> float:
        step.eval()
        total, state = 0.0, start(options, options.batch_size)
        for x, y in zip(data.x[data.train :], data.y[data.train :], strict=True):
            loss, state = forward(x, y, state)
            total += loss.item()
        step.train()
        return total / held

    folder = Path(options.checkpoint_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for epoch in range(len(val_losses) + 1, options.max_epochs + 1):
        state = start(options, options.batch_size)
        for x, y in zip(data.x[: data.train], data.y[: data.train], strict=True):
            optimizer.zero_grad()
            loss, state = forward(x, y, state)
            loss.backward()
            nn.utils.clip_grad_value_(step.parameters(), options.grad_clip)
            common.epsilon_as_in_torch7(optimizer, len(losses) + 1)
            optimizer.step()
            losses.append(loss.item())
            if len(losses) % options.print_every == 0:
                print(f"step {len(losses)} (epoch {epoch}): loss {losses[-1]:.6f}")
        if epoch >= options.learning_rate_decay_after:
            for group in optimizer.param_groups:
                group["lr"] *= options.learning_rate_decay
        val_losses.append(evaluate())
        print(f"epoch {epoch}: validation loss {val_losses[-1]:.6f}")
        kept = {
            "step": step,
            "opt": vars(options),
            "vocab": data.vocab,
            "optim_state": common.keep_adam(optimizer, len(losses)),
            "losses": losses,
            "val_losses": val_losses,
            "rng": torch.get_rng_state(),
        }
        lua_compat.save(folder / f"{options.savefile}_epoch{epoch}.t7", kept)


if __name__ == "__main__":
    main()
