"""What can be changed while a run is live, and what it has been asked to do next.

The worker's loop turns the dial between two steps; the trainer reads it. Both are on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import convert
from ..config import SETTINGS, RunConfig
from ..data.tokenizer import Tokenizer
from ..errors import UsageError, nearest
from ..events import Setting

LR_SCALE = "train.lr_scale"
PROMPTS = "sample.prompts"

SETTABLE = (
    LR_SCALE,
    "train.max_steps",
    "train.log_interval",
    "train.eval_interval",
    "train.checkpoint_interval",
    "train.patience",
    "train.pause_on_divergence",
    "sample.interval",
    PROMPTS,
    "sample.max_new_tokens",
    "sample.temperature",
    "sample.top_k",
    "sample.top_p",
    "sample.seed",
)
"""Settings that change nothing already computed: these may change in a live or a resumed run."""


class Dial:
    """The live settings and wishes of one training job."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.lr_scale = 1.0
        """Multiplies the schedule's learning rate."""
        self.paused = ""
        """Why training is held; empty while it goes on."""
        self.ending = ""
        """Why training should end after this step: stopped, signal or aborted."""
        self.ending_put_off = ""
        """Why training should end once the checkpoint that could not be saved is saved."""
        self.wants_checkpoint = False
        self.wants_sample = False

    @property
    def has_wishes(self) -> bool:
        """Whether a sample or a checkpoint was asked for."""
        return self.wants_checkpoint or self.wants_sample

    def put_off_ending(self, reason: str) -> None:
        """Hold training for a reason instead of ending it; a wish to end outlives the wait."""
        if self.ending:
            self.ending, self.ending_put_off = "", self.ending
            self.paused = reason  # also where a person had paused: they have asked for more since
        self.paused = self.paused or reason

    def take_up_ending(self) -> None:
        """End after all, if that was put off."""
        self.ending, self.ending_put_off = self.ending or self.ending_put_off, ""

    def set(self, name: str, value: Any) -> Setting:
        """Change one setting and say what changed.

        Raises:
            UsageError: The setting cannot be changed in a live run, or the value does not fit.
        """
        if name not in SETTABLE:
            raise fixed(name, "while the run is live", SETTABLE)
        if name == LR_SCALE:
            old, self.lr_scale = self.lr_scale, read_lr_scale(value)
            return Setting(name, old, self.lr_scale)
        section, _, field = name.partition(".")
        old = getattr(getattr(self.config, section), field)
        self.config = self.config.with_settings({name: value})
        return Setting(name, old, getattr(getattr(self.config, section), field))


def fixed(name: str, when: str, changeable: Sequence[str]) -> UsageError:
    """Make the error for a setting that cannot be changed now, or that there is not."""
    what, why = f"{convert.cut(name)} cannot be changed {when}.", "There is no such setting."
    if name not in SETTINGS:
        return UsageError(what, why, nearest(name, changeable))
    can = f"These can: {', '.join(sorted(changeable))}."
    if name in ("train.lr", "train.min_lr"):
        can = f"{LR_SCALE} can: it multiplies the learning rate of all steps to come."
    return UsageError(what, "It would no longer be the same run.", can)


def check_prompts(prompts: Sequence[str], tokenizer: Tokenizer) -> None:
    """Refuse prompts of samples that a vocabulary cannot write.

    Raises:
        UsageError: They hold characters that are outside it.
    """
    if missing := tokenizer.missing(prompts):
        raise UsageError(
            f"{PROMPTS} has {convert.shown(missing)}.",
            "The text that is trained on has no such characters.",
            "Leave them out, or train on a text that has them or on bytes.",
        )


def read_lr_scale(value: Any) -> float:
    """Read what the learning rate is to be multiplied with.

    Raises:
        UsageError: It is no number from 1e-6 to 100.
    """
    scale: float = convert.convert(value, float, LR_SCALE)
    if not 1e-6 <= scale <= 100:
        raise UsageError(f"{LR_SCALE} is {scale:g}.", "It must be from 1e-6 to 100.", "1 is off.")
    return scale
