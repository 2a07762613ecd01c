"""What a text costs to predict without a network: the two lines a loss curve is read against."""

from __future__ import annotations

import itertools
import math
from array import array
from collections import Counter


def unigram_loss(train: array[int], val: array[int], vocab_size: int) -> float:
    """Give nats per validation token when only each token's frequency is known.

    With n_j the count of token j among the N of the training part and V the vocabulary's size
    (add-one smoothing, so that nothing is impossible):

        p(j) = (n_j + 1) / (N + V)        loss = mean over val of -ln p(j)
    """
    counts, seen = Counter(train), Counter(val)
    total = len(train) + vocab_size
    costs = (n * math.log(total / (counts[j] + 1)) for j, n in seen.items())
    # fsum: the figure does not hang on the order in which tokens are met.
    return math.fsum(costs) / len(val)


def bigram_loss(train: array[int], val: array[int], vocab_size: int) -> float:
    """Give nats per validation token when the token before is known.

    With n_ij the count of j right after i in the training part:

        p(j | i) = (n_ij + 1) / (n_i + V),  n_i = sum over j of n_ij

    The mean of -ln p(j | i) runs over the pairs inside the validation part, so its first token,
    which has none before it, does not count.
    """
    pairs = Counter(itertools.pairwise(train))
    before = Counter(train[:-1])
    seen = Counter(itertools.pairwise(val))
    costs = (
        n * math.log((before[i] + vocab_size) / (pairs[i, j] + 1)) for (i, j), n in seen.items()
    )
    return math.fsum(costs) / (len(val) - 1)
