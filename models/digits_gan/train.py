"""The two nets of train.lua, trained against each other with the same losses (Radford et al., 2016).

python models/digits_gan/train.py --niter 25
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import Tensor, nn, optim

REAL, FAKE = 0.9, 0.0  # real ones are not quite sure (Salimans et al., 2016)


class Generator(nn.Module):
    """From noise of (N, nz, 1, 1) to pictures of (N, 1, 8, 8) from -1 to 1."""

    def __init__(self, nz: int, ngf: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 2, 2),
            nn.BatchNorm2d(ngf * 2),
            nn.ReLU(),
            nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1),
            nn.BatchNorm2d(ngf),
            nn.ReLU(),
            nn.ConvTranspose2d(ngf, 1, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, noise: Tensor) -> Tensor:
        return self.net(noise)


class Discriminator(nn.Module):
    """From pictures of (N, 1, 8, 8) to the probability that each is a real one, (N, 1)."""

    def __init__(self, ndf: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, ndf, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(ndf, ndf * 2, 4, 2, 1),
            nn.BatchNorm2d(ndf * 2),
            nn.LeakyReLU(0.2),
            nn.Conv2d(ndf * 2, 1, 2),
            nn.Sigmoid(),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        return self.net(pictures).view(-1, 1)


def initialize(module: nn.Module) -> None:
    """Draws the weights of a layer."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0, 0.05)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)
        nn.init.zeros_(module.bias)


def main() -> None:
    options = common.parse(
        "Two nets trained against each other on handwritten digits",
        [
            ("data", str(Path(__file__).parent / "../digits/digits.t7"), "the data set"),
            ("batchSize", 64, "pictures in one step"),
            ("nz", 20, "size of the noise"),
            ("ngf", 32, "planes of the generator next to the picture"),
            ("ndf", 32, "planes of the discriminator next to the picture"),
            ("niter", 25, "passes over the pictures"),
            ("lr", 0.001, "learning rate of Adam"),
            ("beta1", 0.5, "its momentum"),
            ("images", 1792, "pictures to train on, from the first"),
            ("manualSeed", 1, "random seed"),
            ("save", "out", "folder for the nets and the pictures"),
        ],
        seed="manualSeed",
    )
    count = options.images // options.batchSize * options.batchSize
    pictures = lua_compat.load(options.data).images[:count].double().view(-1, 1, 8, 8) / 8 - 1

    G, D = Generator(options.nz, options.ngf), Discriminator(options.ndf)
    torch.manual_seed(options.manualSeed)  # new batch normalisations draw their weights in Torch7, and not in Python
    G.apply(initialize)
    D.apply(initialize)
    sizes = [sum(p.numel() for p in net.parameters()) for net in (G, D)]
    print(f"{sizes[0]} parameters in the generator, {sizes[1]} in the discriminator")

    criterion = nn.BCELoss()
    g_optimizer = optim.Adam(G.parameters(), lr=options.lr, betas=(options.beta1, 0.999))
    d_optimizer = optim.Adam(D.parameters(), lr=options.lr, betas=(options.beta1, 0.999))
    real_label = torch.full((options.batchSize, 1), REAL)
    fake_label = torch.full((options.batchSize, 1), FAKE)
    noise_shown = torch.randn(64, options.nz, 1, 1)
    steps = 0
    for epoch in range(1, options.niter + 1):
        losses = []
        for pick in torch.randperm(count).split(options.batchSize):
            steps += 1
            # The discriminator: log D(x) + log(1 - D(G(z))) is to grow.
            fake = G(torch.randn(options.batchSize, options.nz, 1, 1))
            d_optimizer.zero_grad()
            d_loss = criterion(D(pictures[pick]), real_label) + criterion(D(fake.detach()), fake_label)
            d_loss.backward()
            common.epsilon_as_in_torch7(d_optimizer, steps)
            d_optimizer.step()

            # The generator: log D(G(z)) is to grow.
            g_optimizer.zero_grad()
            g_loss = criterion(D(fake), real_label)
            g_loss.backward()
            common.epsilon_as_in_torch7(g_optimizer, steps)
            g_optimizer.step()
            losses.append((d_loss.item(), g_loss.item()))
        d_mean, g_mean = (sum(values) / len(losses) for values in zip(*losses, strict=True))
        print(f"epoch {epoch}: loss of the discriminator {d_mean:.5f}, of the generator {g_mean:.5f}")

    folder = Path(options.save)
    folder.mkdir(parents=True, exist_ok=True)
    G.eval()
    with torch.no_grad():
        made = (G(noise_shown) + 1) / 2
    common.save_grid(folder / "samples.png", made, 8)
    print("saved samples.png")
    lua_compat.save(folder / "net_G.t7", G.net)
    lua_compat.save(folder / "net_D.t7", D.net)


if __name__ == "__main__":
    main()
