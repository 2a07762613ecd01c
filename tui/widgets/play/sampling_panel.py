"""How boldly to draw, from which seed, how long and how often: sliders and numbers."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import HorizontalGroup, VerticalGroup
from textual.message import Message

from ttgpt.engine.commands import Generate

from ...play.presets import NEUTRAL, SamplingPreset
from ...play.seeds import any_seed
from ...sampling import Sampling
from ..number_field import NumberField
from ..scale import CountOrOff, Linear, Number
from ..slider import Slider
from .preset_choice import PresetChoice
from .stop_field import StopField

ANY_SEED = -1
_LARGEST_SEED = 2**53
_LONGEST = 100_000
_MOST_SAMPLES = 16
_FEWEST_COUNTS = 100
"""The top-k slider goes at least this far, so that it is the same for all character models."""


class SeedScale(Linear):
    """Seeds; -1, which lets the worker draw one, is written in a word."""

    def write(self, value: Number) -> str:
        """See `Scale.write`."""
        return "any" if value == ANY_SEED else super().write(value)

    @property
    def wanted(self) -> str:
        """See `Scale.wanted`."""
        return f"a whole number from 0 to {round(self.end)}, or -1, which draws one"


class SamplingPanel(VerticalGroup):
    """The values of the next text; the sliders also act on the one under way."""

    HELP: ClassVar[str] = (
        "temperature: 0 takes the likeliest token each time, 1 is the model's own odds, more is "
        "wilder. top-k: only the k likeliest tokens may be drawn. top-p: only the likeliest that "
        "together make up this share. penalty: above 1, what was written in the last 64 tokens is "
        "less likely. All of these also act on the text that is being written.\n"
        "seed: the same seed and values give the same text; any draws a new one each time. "
        "length: tokens to write. samples: texts to write at once, with seeds that count up."
    )

    DEFAULT_CSS = """
    SamplingPanel > HorizontalGroup > NumberField { margin-right: 3; }
    """

    class Changed(Message):
        """A slider was moved."""

        def __init__(self, sampling: Sampling) -> None:
            super().__init__()
            self.sampling = sampling

    def __init__(self) -> None:
        super().__init__()
        default = Sampling()
        scales = {
            "temperature": Linear(0, 2, 0.05, 0.25),
            "top-k": CountOrOff(_FEWEST_COUNTS),
            "top-p": Linear(0, 1, 0.05, 0.25),
            "penalty": Linear(1, 2, 0.05, 0.25),
        }
        values = (default.temperature, default.top_k, default.top_p, default.repetition_penalty)
        self._temperature, self._top_k, self._top_p, self._penalty = (
            Slider(
                name,
                scale,
                value,
                short={"temperature": "temp", "penalty": "pen."}.get(name, name),
                label_width=len("temperature"),
                short_width=len("top-k"),
                value_width=len("0.00 "),
            )
            for (name, scale), value in zip(scales.items(), values, strict=True)
        )
        seeds = SeedScale(ANY_SEED, _LARGEST_SEED, 1, 10, decimals=0)
        self._seed = NumberField("seed", seeds, ANY_SEED)
        self._length = NumberField("length", Linear(1, _LONGEST, 10, 100, decimals=0), 300)
        counts = Linear(1, _MOST_SAMPLES, 1, 4, decimals=0)
        self._samples = NumberField("samples", counts, Generate.num_samples)
        self._stop = StopField()
        self._preset = PresetChoice()

    def compose(self) -> ComposeResult:
        """Put the sliders below each other and the numbers on one line."""
        yield self._preset
        yield self._temperature
        yield self._top_k
        yield self._top_p
        yield self._penalty
        with HorizontalGroup():
            yield self._seed
            yield self._length
        with HorizontalGroup():
            yield self._samples
            yield self._stop

    @property
    def sampling(self) -> Sampling:
        """Where the sliders stand."""
        return Sampling(
            self._temperature.value,
            round(self._top_k.value),
            self._top_p.value,
            self._penalty.value,
        )

    @property
    def seed(self) -> int:
        """The seed; -1 lets the worker draw one."""
        return round(self._seed.value)

    @property
    def length(self) -> int:
        """Tokens to write."""
        return round(self._length.value)

    @property
    def samples(self) -> int:
        """How many texts to write at once."""
        return round(self._samples.value)

    @property
    def stop(self) -> str:
        """The words at which a text ends; empty for none."""
        return self._stop.words

    def take(self, sampling: Sampling) -> None:
        """Set the sliders."""
        self._temperature.value = sampling.temperature
        self._top_k.value = sampling.top_k
        self._top_p.value = sampling.top_p
        self._penalty.value = sampling.repetition_penalty

    def command(self, prompt: str, checkpoint: str, *, untrained: bool = False) -> Generate:
        """Give the request for a text with everything as it is set."""
        sampling = self.sampling
        return Generate(
            prompt,
            checkpoint,
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            repetition_penalty=sampling.repetition_penalty,
            seed=self.seed,
            max_new_tokens=self.length,
            num_samples=self.samples,
            stop=self.stop,
            untrained=untrained,
        )

    def take_command(self, command: Generate) -> None:
        """Set everything as a request had it."""
        self.take(Sampling.of(command))
        self._seed.value = command.seed
        self._length.value = command.max_new_tokens
        self._samples.value = command.num_samples
        self._stop.words = command.stop

    def reset(self) -> None:
        """Let nothing act: the model's own odds."""
        self.take(NEUTRAL.sampling)

    def show_own(self, own: list[SamplingPreset]) -> None:
        """Offer a person's own presets too."""
        self._preset.own = tuple(own)

    def set_vocabulary_size(self, tokens: int) -> None:
        """Let top-k reach as far as there are tokens."""
        self._top_k.set_scale(CountOrOff(max(tokens, _FEWEST_COUNTS)))

    def draw_seed(self) -> None:
        """Choose a seed that was not chosen before."""
        self._seed.value = any_seed()

    def on_number_field_changed(self, message: NumberField.Changed) -> None:
        """Tell the parent of a slider; seed and length count only from the next text on."""
        message.stop()
        if isinstance(message.field, Slider):
            self._preset.sampling = self.sampling
            self.post_message(self.Changed(self.sampling))

    def on_preset_choice_chosen(self, message: PresetChoice.Chosen) -> None:
        """Set the sliders as the preset says."""
        message.stop()
        self.take(message.sampling)
