"""Runs on Blackhole are saved more often than elsewhere: training there may hang at any step.

Training that stops after some twenty steps, at random, is an open defect of tt-metal:
https://github.com/tenstorrent/tt-metal/issues/36318.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from ..config import RunConfig
from ..doctor.cards import Card

INTERVAL = 100
"""Steps that such a hang may cost at most."""

_SETTING = "train.checkpoint_interval"


def save_often(
    config: RunConfig, asked: Collection[str], cards: Iterable[Card], say: Callable[[str], None]
) -> RunConfig:
    """Give the configuration that a run on these cards begins with.

    Args:
        config: What was chosen.
        asked: Dotted names of the settings that a person gave: they stay as they are.
        cards: The host's.
        say: Told of the change.
    """
    is_late = config.train.checkpoint_interval > INTERVAL and _SETTING not in asked
    if is_late and any(card.arch == "blackhole" for card in cards):
        say(f"saving every {INTERVAL} steps, since training may hang on Blackhole")
        return config.with_settings({_SETTING: INTERVAL})
    return config
