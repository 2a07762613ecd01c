"""A run's samples by step: same prompts, same seed, so that what differs was learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ttgpt.engine.events import Sample


@dataclass(frozen=True)
class Moment:
    """The samples of one step, one for each prompt, in the order of the prompts."""

    step: int
    samples: tuple[Sample, ...]

    def of_prompt(self, number: int) -> Sample:
        """Give the sample of a prompt; the last one where there are fewer."""
        return self.samples[min(number, len(self.samples) - 1)]


def moments(samples: Sequence[Sample]) -> list[Moment]:
    """Group samples by step; of two of one prompt at one step the newer counts."""
    grouped: dict[int, dict[str, Sample]] = {}
    for sample in samples:
        grouped.setdefault(sample.step, {})[sample.prompt] = sample
    return [Moment(step, tuple(grouped[step].values())) for step in sorted(grouped)]


class Place:
    """Where in the timeline one looks; on the newest step it follows what comes."""

    def __init__(self) -> None:
        self.prompt = 0
        self.pinned: int | None = None
        """The step that stays on the left while another is looked at beside it."""
        self._step: int | None = None

    @property
    def follows(self) -> bool:
        """Whether the newest step is looked at, whichever that is."""
        return self._step is None

    def at(self, found: Sequence[Moment]) -> int:
        """Give the place in the list, which must not be empty."""
        if self._step is None:
            return len(found) - 1
        before = [i for i, moment in enumerate(found) if moment.step <= self._step]
        return before[-1] if before else 0

    def move(self, found: Sequence[Moment], direction: int) -> None:
        """Go to the step before (-1) or after (1)."""
        if found:
            wanted = max(0, self.at(found) + direction)
            self._step = found[wanted].step if wanted < len(found) - 1 else None

    def next_prompt(self, found: Sequence[Moment], direction: int) -> None:
        """Look at another of the prompts; after the last comes the first."""
        if found:
            count = len(found[self.at(found)].samples)
            self.prompt = (min(self.prompt, count - 1) + direction) % count

    def toggle_pin(self, found: Sequence[Moment]) -> None:
        """Keep the step that is shown on the left; of the newest there is no later: the first."""
        if self.pinned is not None or not found:
            self.pinned = None
            return
        here = found[self.at(found)].step
        self.pinned = found[0].step if self.follows else here
        if not self.follows:
            self._step = None

    def pin(self, found: Sequence[Moment]) -> Moment | None:
        """Give the step that stays on the left, or None."""
        if self.pinned is None or not found:
            return None
        return next((m for m in reversed(found) if m.step <= self.pinned), found[0])
