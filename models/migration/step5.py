"""Step 5: PyTorch itself. Only the imports, the data and what is random are not those of step 4."""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn, optim
from torch.utils.data import DataLoader, Sampler, TensorDataset

import lua_compat

HERE = Path(__file__).parent


class Classifier(nn.Module):
    """Scores of ten classes for images of 64 numbers."""

    def __init__(self, hidden=32):
        super().__init__()
        self.hidden = nn.Linear(64, hidden)
        self.scores = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.scores(torch.tanh(self.hidden(x)))


class Recorded(Sampler):
    """The orders that were drawn before."""

    def __init__(self, orders):
        self.orders, self.passes = orders, 0

    def __iter__(self):
        self.passes += 1
        return iter(self.orders[self.passes - 1].tolist())

    def __len__(self):
        return len(self.orders[0])


def load_data():
    data = lua_compat.load(HERE.parent / "digits" / "digits.t7")
    images = torch.from_numpy(data.images.numpy()).double().view(-1, 64) / 16
    labels = torch.from_numpy(data.labels.numpy()).long() - 1
    return TensorDataset(images[:1500], labels[:1500]), TensorDataset(images[1500:], labels[1500:])


def train(net, loader, optimizer):
    """One pass; the mean of the losses."""
    total = 0.0
    for x, t in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), t)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@torch.no_grad()
def evaluate(net, dataset):
    """How many answers are right."""
    net.eval()
    x, t = dataset.tensors
    right = (net(x).argmax(1) == t).sum().item()
    net.train()
    return right


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=3, help="passes over the training set")
    parser.add_argument("--drawn", type=Path, required=True, help="the .safetensors file that step 4 saved")
    opt = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    training, held_out = load_data()
    drawn = load_file(opt.drawn)
    order = Recorded(drawn.pop("orders"))
    net = Classifier()
    net.load_state_dict(drawn)
    loader = DataLoader(training, batch_size=50, sampler=order)
    optimizer = optim.SGD(net.parameters(), lr=0.5, momentum=0.9, dampening=0.9)
    for epoch in range(1, opt.epochs + 1):
        loss = train(net, loader, optimizer)
        print(f"epoch {epoch}: loss {loss:.6f}, {evaluate(net, held_out)} of {len(held_out)} right")


if __name__ == "__main__":
    main()
