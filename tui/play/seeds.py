"""Seeds for texts whose seed nobody chose."""

from __future__ import annotations

import random


def any_seed() -> int:
    """Draw a seed.

    The app draws it, not the worker: so it is known also when a worker ends in mid-text.
    """
    return random.SystemRandom().randrange(2**31)
