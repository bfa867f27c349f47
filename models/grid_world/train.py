"""REINFORCE in the world of train.lua, with the same rewards and losses (Williams, 1992).

python models/grid_world/train.py --updates 100
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common
from grid_world import GridWorld

import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim


def main() -> None:
    options = common.parse(
        "REINFORCE in a world of 4 x 3 squares",
        [
            ("walkers", 20, "walks for one update"),
            ("horizon", 25, "steps after which a walk is broken off"),
            ("updates", 100, "updates of the policy"),
            ("hidden", 32, "units of the hidden layer"),
            ("lr", 0.02, "learning rate of Adam"),
            ("discount", 0.99, "what a reward is worth one step earlier"),
            ("entropy", 0.02, "weight of the entropy of the policy, which keeps it trying"),
            ("print_every", 10, "updates between lines"),
            ("seed", 1, "random seed"),
        ],
    )
    policy = nn.Sequential(
        nn.Embedding(GridWorld.states, options.hidden),
        nn.Tanh(),
        nn.Linear(options.hidden, GridWorld.actions),
        nn.LogSoftmax(1),
    )
    optimizer = optim.Adam(policy.parameters(), lr=options.lr)
    world = GridWorld(options.walkers)

    since = 0.0
    for update in range(1, options.updates + 1):
        log_p, chosen, rewards, walking = [], [], [], []
        state = world.reset()
        for _ in range(options.horizon):
            log_p.append(policy(state))
            actions = torch.multinomial(log_p[-1].detach().exp(), 1)
            chosen.append(log_p[-1].gather(1, actions).squeeze(1))
            state, reward, walks = world.step(actions.squeeze(1))
            rewards.append(reward)
            walking.append(walks)

        # What each step led to, less what it led to on average, in units of its spread.
        returns = [rewards[-1]]
        for reward in reversed(rewards[:-1]):
            returns.insert(0, reward + options.discount * returns[0])
        mask, led_to = torch.stack(walking), torch.stack(returns)
        steps = mask.sum()
        advantage = (led_to - led_to.sum() / steps) * mask
        advantage = advantage / ((advantage**2).sum().div(steps).sqrt() + 1e-8)

        said = torch.stack(log_p)
        plogp = (said.exp() * said).sum(2) * mask
        loss = (options.entropy * plogp.sum() - (torch.stack(chosen) * advantage).sum()) / steps
        optimizer.zero_grad()
        loss.backward()
        common.epsilon_as_in_torch7(optimizer, update)
        optimizer.step()

        since += torch.stack(rewards).sum().item() / options.walkers
        if update % options.print_every == 0:
            print(f"update {update}: reward {since / options.print_every:.5f}, loss {loss.item():.6f}")
            since = 0.0

    # The likeliest way out of every square.
    with torch.no_grad():
        best = policy(torch.arange(GridWorld.states)).argmax(1).tolist()
    special = {3: "+", 5: "#", 7: "-"}
    for row in range(3):
        print(" ".join(special.get(square, "^>v<"[best[square]]) for square in range(4 * row, 4 * row + 4)))


if __name__ == "__main__":
    main()
