"""Whether a run asks for more chips than there are, said before a device is opened."""

from __future__ import annotations

from ...config import TrainConfig
from ...errors import UsageError
from .card import chips


def check_chips(train: TrainConfig) -> None:
    """Refuse a run on more chips than the cards of this host have; unknown cards are not judged.

    Raises:
        UsageError: There are fewer; gives a number that works.
    """
    there = chips()
    if not there or train.devices <= there:
        return
    works = next(n for n in range(there, 0, -1) if train.batch_size % n == 0)
    raise UsageError(
        f"train.devices is {train.devices}.",
        f"The cards here have {there} {'chip' if there == 1 else 'chips'}.",
        f"Set train.devices to {works}.",
    )
