"""What of a live run can be changed by hand: fields as text, read back and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ttgpt.engine.commands import Set
from ttgpt.engine.config import RunConfig, SampleConfig, TrainConfig, help_of
from ttgpt.engine.convert import written_texts
from ttgpt.engine.errors import UsageError
from ttgpt.engine.training.dial import LR_SCALE, PROMPTS, read_lr_scale

STEPS = "train.max_steps"


@dataclass(frozen=True)
class Field:
    """A setting as the form shows it."""

    name: str
    """Dotted, as in the configuration."""
    label: str
    help: str


FIELDS = (
    Field(
        PROMPTS,
        "prompts",
        r"Texts that the samples continue. | parts several; \n is a line end, \| a bar.",
    ),
    *(
        Field(f"sample.{name}", label, help_of(SampleConfig, name))
        for name, label in (
            ("max_new_tokens", "length"),
            ("temperature", "temperature"),
            ("top_k", "top-k"),
            ("top_p", "top-p"),
            ("interval", "sample every"),
        )
    ),
    Field("train.eval_interval", "evaluate every", help_of(TrainConfig, "eval_interval")),
    Field("train.checkpoint_interval", "save every", help_of(TrainConfig, "checkpoint_interval")),
    Field(STEPS, "steps in all", "Where the run ends; the schedule stretches to it."),
    Field(
        LR_SCALE,
        "learning rate \N{MULTIPLICATION SIGN}",
        "Multiplies the schedule's rate; 1 is off.",
    ),
)


@dataclass(frozen=True)
class Live:
    """A run's settings as they are now."""

    config: RunConfig
    lr_scale: float
    step: int
    max_steps: int

    def value(self, name: str) -> Any:
        """Give a setting's value."""
        if name == LR_SCALE:
            return self.lr_scale
        if name == STEPS:
            return self.max_steps  # of a run in epochs too
        section, _, field = name.partition(".")
        return getattr(getattr(self.config, section), field)

    def text(self, name: str) -> str:
        """Write a setting's value as the form shows it."""
        value = self.value(name)
        if name == PROMPTS:
            return written_texts(value)
        if isinstance(value, float) and float(f"{value:g}") == value:
            return f"{value:g}"
        return str(value)

    def read(self, name: str, text: str) -> Any:
        """Read what was typed into a field.

        Raises:
            UsageError: It does not fit.
        """
        if name == LR_SCALE:
            return read_lr_scale(text)
        if name == PROMPTS and not text.strip():
            raise UsageError("A prompt is missing.", "Samples continue one.", r"\n begins a line.")
        section, _, field = name.partition(".")
        value = getattr(getattr(self.config.with_settings({name: text}), section), field)
        if name == STEPS and (value is None or value <= self.step):
            raise UsageError(
                "The run is past that.", f"It is at step {self.step:,}.", "Press x to end it now."
            )
        return list(value) if name == PROMPTS else value

    def changes(self, texts: Mapping[str, str]) -> list[Set]:
        """Give the commands that bring the run to what was typed; an untouched field needs none.

        Raises:
            UsageError: A field that was changed does not fit.
        """
        typed = {name: text for name, text in texts.items() if text != self.text(name)}
        wanted = [(name, self.read(name, text)) for name, text in typed.items()]
        return [Set(name, value) for name, value in wanted if not self._is(name, value)]

    def _is(self, name: str, value: Any) -> bool:
        now = self.value(name)
        return bool(value == (list(now) if isinstance(now, tuple) else now))
