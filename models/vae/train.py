"""The variational autoencoder of train.lua, with the same losses and pictures (Kingma and Welling, 2014).

python models/vae/train.py --epochs 40
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import Tensor, nn, optim
from pytorch_from_lua.nn import functional as F

LATENT = 2  # a plane, so that it can be shown


class VAE(nn.Module):
    """An encoder to the mean and the log of the variance of a code, and a decoder from a code drawn so."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, hidden)
        self.mean = nn.Linear(hidden, LATENT)
        self.log_variance = nn.Linear(hidden, LATENT)
        self.decoder = nn.Sequential(
            nn.Linear(LATENT, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 64),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.hidden(x))
        mean, log_variance = self.mean(h), self.log_variance(h)
        code = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape)
        return self.decoder(code), mean, log_variance


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Of normal distributions from the standard one, summed."""
    return 0.5 * (log_variance.exp() + mean**2 - 1 - log_variance).sum()


def main() -> None:
    options = common.parse(
        "A variational autoencoder on handwritten digits",
        [
            ("data", str(Path(__file__).parent / "../digits/digits.t7"), "the data set"),
            ("hidden", 128, "units of the hidden layers"),
            ("batchSize", 50, "pictures in one step"),
            ("epochs", 40, "passes over the pictures"),
            ("images", 1750, "pictures to train on, from the first"),
            ("learningRate", 0.002, "learning rate"),
            ("seed", 1, "random seed"),
            ("type", "double", "double or float"),
            ("save", "out", "folder for the net and the pictures"),
        ],
    )
    count = options.images - options.images % options.batchSize
    images = lua_compat.load(options.data).images.to(torch.get_default_dtype()).view(-1, 64)[:count] / 16
    model = VAE(options.hidden)
    print(f"{sum(p.numel() for p in model.parameters())} parameters")

    optimizer = optim.Adam(model.parameters(), lr=options.learningRate)
    losses: list[float] = []
    steps = 0
    for epoch in range(1, options.epochs + 1):
        of_pictures = of_codes = 0.0
        for pick in torch.randperm(count).split(options.batchSize):
            batch = images[pick]
            made, mean, log_variance = model(batch)
            parts = F.binary_cross_entropy(made, batch, reduction="sum"), divergence(mean, log_variance)
            optimizer.zero_grad()
            ((parts[0] + parts[1]) / options.batchSize).backward()
            steps += 1
            common.epsilon_as_in_torch7(optimizer, steps)
            optimizer.step()
            of_pictures += parts[0].item()
            of_codes += parts[1].item()
        losses.append((of_pictures + of_codes) / count)
        parts_said = f"{of_pictures / count:.5f} of the pictures + {of_codes / count:.5f} of the codes"
        print(f"epoch {epoch}: loss {losses[-1]:.5f} = {parts_said}")

    folder = Path(options.save)
    folder.mkdir(parents=True, exist_ok=True)

    def save(name: str, pictures: Tensor, columns: int) -> None:
        common.save_grid(folder / name, pictures.view(-1, 1, 8, 8), columns)
        print(f"saved {name}")

    model.eval()
    with torch.no_grad():
        shown = images[:40]
        rows = torch.cat([shown.view(4, 10, 64), model(shown)[0].view(4, 10, 64)], 1)
        save("reconstructions.png", rows, 10)
        save("samples.png", model.decoder(torch.randn(100, LATENT)), 10)
        line = -2.1 + 0.3 * torch.arange(15, dtype=torch.get_default_dtype())
        codes = torch.stack([line[:, None].expand(15, 15), line.expand(15, 15)], 2)
        save("manifold.png", model.decoder(codes.reshape(-1, 2)), 15)
    lua_compat.save(folder / "decoder.t7", {"decoder": model.decoder, "losses": losses})


if __name__ == "__main__":
    main()
