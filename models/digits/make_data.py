"""Writes digits.t7 out of scikit-learn's copy of the UCI set of handwritten digits.

    pip install scikit-learn && python models/digits/make_data.py

The file is part of the repository; this is how it was made. It holds a table of `images`, a ByteTensor of 1797 x 8 x 8
grey values from 0 to 16, and `labels`, a ByteTensor of 1797 digits counted as Torch7 counts classes: 1 for a zero, 10
for a nine.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import lua_compat

digits = load_digits()
table = {"images": digits.images.astype(np.uint8), "labels": (digits.target + 1).astype(np.uint8)}
lua_compat.save(Path(__file__).with_name("digits.t7"), table)
