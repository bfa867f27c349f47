"""DCGAN (Radford et al., 2016): a generator of pictures of 64 x 64, and a discriminator that tells them from real ones.

python models/dcgan/dcgan.py --width 16
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim


def generator(nz: int, width: int) -> nn.Sequential:
    """From noise of (N, nz, 1, 1) to pictures."""
    planes = 8 * width
    model = nn.Sequential(nn.ConvTranspose2d(nz, planes, 4, bias=False), nn.BatchNorm2d(planes), nn.ReLU(inplace=True))
    for _ in range(3):  # 4 x 4, 8 x 8, 16 x 16, 32 x 32
        model.append(nn.ConvTranspose2d(planes, planes // 2, 4, stride=2, padding=1, bias=False))
        planes //= 2
        model.extend([nn.BatchNorm2d(planes), nn.ReLU(inplace=True)])
    return model.extend([nn.ConvTranspose2d(planes, 3, 4, stride=2, padding=1, bias=False), nn.Tanh()])


def discriminator(width: int) -> nn.Sequential:
    """From pictures to the probabilities that they are real ones."""
    planes = width
    model = nn.Sequential(nn.Conv2d(3, planes, 4, stride=2, padding=1, bias=False), nn.LeakyReLU(0.2, inplace=True))
    for _ in range(3):  # 32 x 32, 16 x 16, 8 x 8, 4 x 4
        model.append(nn.Conv2d(planes, planes * 2, 4, stride=2, padding=1, bias=False))
        planes *= 2
        model.extend([nn.BatchNorm2d(planes), nn.LeakyReLU(0.2, inplace=True)])
    return model.extend([nn.Conv2d(planes, 1, 4, bias=False), nn.Sigmoid(), nn.View(1, num_input_dims=3)])


def initialize(module: nn.Module) -> None:
    """Draws the weights of a layer."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)
        nn.init.zeros_(module.bias)


def main() -> None:
    options = common.options(
        "DCGAN",
        [
            ("noise", 100, "size of the noise"),
            ("width", 64, "planes next to the picture, in both nets"),
            ("rate", 0.0002, "learning rate"),
            ("steps", 3, "steps of training"),
        ],
    )
    G, D = generator(options.noise, options.width), discriminator(options.width)
    torch.manual_seed(options.seed)  # new batch normalisations draw their weights in Torch7, and not in Python
    G.apply(initialize)
    D.apply(initialize)
    criterion = nn.BCELoss()

    noise = torch.randn(options.batch, options.noise, 1, 1)
    real = torch.empty(options.batch, 3, 64, 64).uniform_(-1, 1)
    print("generator")
    common.describe(G, noise, options.python)
    print("discriminator")
    common.describe(D, real, options.python)

    initial = common.flat(G)
    g_optimizer = optim.Adam(G.parameters(), lr=options.rate, betas=(0.5, 0.999))
    d_optimizer = optim.Adam(D.parameters(), lr=options.rate, betas=(0.5, 0.999))
    ones, zeros = torch.ones(options.batch, 1), torch.zeros(options.batch, 1)

    losses = []
    for step in range(1, options.steps + 1):
        common.epsilon_as_in_torch7(g_optimizer, step)
        common.epsilon_as_in_torch7(d_optimizer, step)
        noise.normal_(0, 1)
        fake = G(noise)

        # The discriminator learns that real pictures are real and made ones are not.
        d_optimizer.zero_grad()
        d_loss = criterion(D(real), ones) + criterion(D(fake.detach()), zeros)
        d_loss.backward()
        d_optimizer.step()

        # The generator learns to make pictures that are taken for real.
        g_optimizer.zero_grad()
        g_loss = criterion(D(fake), ones)
        g_loss.backward()
        g_optimizer.step()

        losses += [d_loss.item(), g_loss.item()]
        print(f"step {step}: loss of the discriminator {losses[-2]:.6f}, of the generator {losses[-1]:.6f}")
    common.keep(
        options, G, noise, {"initial": initial, "trained": common.flat(G), "losses": losses, "discriminator": D}
    )


if __name__ == "__main__":
    main()
