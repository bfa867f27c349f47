"""Step 2: the same loop, line for line, in Python: Torch7's names are methods of every module."""

import argparse
from pathlib import Path

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import nn

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=3, help="passes over the training set")
parser.add_argument("--seed", type=int, default=1, help="random seed")
opt = parser.parse_args()
torch.set_default_dtype(torch.float64)
torch.manual_seed(opt.seed)

# data: labels from 0
data = lua_compat.load(Path(__file__).parent.parent / "digits" / "digits.t7")
images = data.images.double().view(-1, 64) / 16
labels = data.labels.long() - 1
count, batch = 1500, 50

# net
net = nn.Sequential()
net.append(nn.Linear(64, 32)).append(nn.Tanh()).append(nn.Linear(32, 10)).append(nn.LogSoftmax(1))
criterion = nn.NLLLoss()
parameters, gradients = net.getParameters()
velocity = torch.zeros(parameters.numel())

# training
for epoch in range(1, opt.epochs + 1):
    order = torch.randperm(count)
    total = 0.0
    for start in range(0, count, batch):
        pick = order[start : start + batch]
        x, t = images[pick], labels[pick]
        gradients.zero_()
        y = net.updateOutput(x)
        total += criterion.updateOutput(y, t)
        net.backward(x, criterion.backward(y, t))
        # what optim.sgd does: the first step has no past to dampen it with
        velocity = gradients.clone() if epoch == 1 and start == 0 else velocity.mul_(0.9).add_(gradients, alpha=0.1)
        parameters.add_(velocity, alpha=-0.5)
    y = net.updateOutput(images[count:])
    right = (y.argmax(1) == labels[count:]).sum().item()
    print(f"epoch {epoch}: loss {total / (count / batch):.6f}, {right} of {len(y)} right")
