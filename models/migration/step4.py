"""Step 4: a class for the net, a loss of raw scores, batches from a loader: as one writes it for PyTorch."""

import argparse
from pathlib import Path

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim
from pytorch_from_lua.data import DataLoader, Sampler, TensorDataset
from pytorch_from_lua.safetensors import save_file

HERE = Path(__file__).parent


class Classifier(nn.Module):
    """Scores of ten classes for images of 64 numbers."""

    def __init__(self, hidden=32):
        super().__init__()
        self.hidden = nn.Linear(64, hidden)
        self.scores = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.scores(torch.tanh(self.hidden(x)))


class Shuffled(Sampler):
    """A new order in each pass, the one that the Lua script draws; `shuffle=True` of a loader draws another."""

    def __init__(self, count):
        self.count, self.orders = count, []

    def __iter__(self):
        self.orders.append(torch.randperm(self.count))
        return iter(self.orders[-1].tolist())

    def __len__(self):
        return self.count


def load_data():
    data = lua_compat.load(HERE.parent / "digits" / "digits.t7")
    images, labels = data.images.double().view(-1, 64) / 16, data.labels.long() - 1
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
    parser.add_argument("--seed", type=int, default=1, help="random seed")
    parser.add_argument("--save", type=Path, help="write what was drawn to this .safetensors file")
    opt = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(opt.seed)
    training, held_out = load_data()
    net = Classifier()
    drawn = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    order = Shuffled(len(training))
    # A loader draws a seed for its workers: from a stream of its own, so that the order stays the script's.
    loader = DataLoader(training, batch_size=50, sampler=order, generator=torch.Generator())
    optimizer = optim.SGD(net.parameters(), lr=0.5, momentum=0.9, dampening=0.9)
    for epoch in range(1, opt.epochs + 1):
        loss = train(net, loader, optimizer)
        print(f"epoch {epoch}: loss {loss:.6f}, {evaluate(net, held_out)} of {len(held_out)} right")
    if opt.save is not None:
        save_file({**drawn, "orders": torch.stack(order.orders)}, opt.save)


if __name__ == "__main__":
    main()
