"""Step 3: autograd finds the gradients, and an optimizer takes the steps. The net and the data stay as they were."""

import argparse
from pathlib import Path

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=3, help="passes over the training set")
parser.add_argument("--seed", type=int, default=1, help="random seed")
opt = parser.parse_args()
torch.set_default_dtype(torch.float64)
torch.manual_seed(opt.seed)

data = lua_compat.load(Path(__file__).parent.parent / "digits" / "digits.t7")
images = data.images.double().view(-1, 64) / 16
labels = data.labels.long() - 1
count, batch = 1500, 50

net = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10), nn.LogSoftmax(1))
criterion = nn.NLLLoss()
# Torch7 dampens the momentum by itself unless told otherwise; PyTorch does not.
optimizer = optim.SGD(net.parameters(), lr=0.5, momentum=0.9, dampening=0.9)

for epoch in range(1, opt.epochs + 1):
    order = torch.randperm(count)
    total = 0.0
    for start in range(0, count, batch):
        pick = order[start : start + batch]
        optimizer.zero_grad()
        loss = criterion(net(images[pick]), labels[pick])
        loss.backward()
        optimizer.step()
        total += loss.item()
    with torch.no_grad():
        y = net(images[count:])
    right = (y.argmax(1) == labels[count:]).sum().item()
    print(f"epoch {epoch}: loss {total / (count / batch):.6f}, {right} of {len(y)} right")
