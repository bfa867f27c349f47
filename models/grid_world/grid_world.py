"""The world of 4 x 3 squares of Russell and Norvig (Artificial Intelligence, 1995), for many walkers at once.

GridWorld.lua is its twin and draws it.
"""

from __future__ import annotations

import pytorch_from_lua as torch
from pytorch_from_lua import Tensor

MAP = ["...+", ".#.-", "...."]
MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1)]  # up, right, down, left
REWARDS = {"+": 1.0, "-": -1.0, ".": -0.04}


class GridWorld:
    """Walkers that start at the bottom left; a walk ends at + with 1 or at - with -1; other steps cost 0.04.

    A step goes where it is meant to with probability 0.8, and to either side of that with 0.1; who would walk into a
    wall stays.
    """

    states, actions = 12, 4

    def __init__(self, walkers: int) -> None:
        self.walkers = walkers
        self.reset()

    def reset(self) -> Tensor:
        """Puts all walkers to the start; returns their states, numbers of squares from 0."""
        self.places = [(2, 0)] * self.walkers
        self.done = [False] * self.walkers
        return self.state()

    def state(self) -> Tensor:
        """The squares on which the walkers are, (walkers,)."""
        return torch.tensor([4 * row + column for row, column in self.places])

    def step(self, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One step of all; returns their states, their rewards, and 1 for each that had not arrived before."""
        chance = torch.rand(self.walkers).tolist()
        rewards, walking = [0.0] * self.walkers, [0.0] * self.walkers
        for i, action in enumerate(actions.tolist()):
            if self.done[i]:
                continue
            turn = 0 if chance[i] < 0.8 else 1 if chance[i] < 0.9 else 3
            down, right = MOVES[(action + turn) % 4]
            row, column = self.places[i][0] + down, self.places[i][1] + right
            if 0 <= row < 3 and 0 <= column < 4 and MAP[row][column] != "#":
                self.places[i] = row, column
            square = MAP[self.places[i][0]][self.places[i][1]]
            rewards[i], walking[i] = REWARDS[square], 1.0
            self.done[i] = square != "."
        return self.state(), torch.tensor(rewards), torch.tensor(walking)
