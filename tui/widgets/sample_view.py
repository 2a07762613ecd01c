"""One sample of the run's own, with its step and the settings it was drawn with."""

from __future__ import annotations

from textual.content import Content

from ttgpt.engine.events import Sample

from ..format import grouped, visible
from ..state import RunState
from .lines import Lines, with_parts


class SampleView(Lines):
    """The newest sample, or an earlier one that was chosen."""

    HELP = (
        "Samples use the same prompt and the same seed each time: what differs was learned since. "
        "After the last one the newest is followed again."
    )

    def __init__(self) -> None:
        super().__init__()
        self._state = RunState()
        self._chosen: int | None = None

    @property
    def sample(self) -> Sample | None:
        """The sample that is shown."""
        samples = self._state.samples
        if not samples:
            return None
        return samples[-1 if self._chosen is None else min(self._chosen, len(samples) - 1)]

    def show(self, state: RunState) -> None:
        """Show a run's samples."""
        if state is not self._state:
            self._chosen = None
        self._state = state
        self.redraw()

    def step(self, direction: int) -> None:
        """Go to the sample before (-1) or after (1); past the last one the newest is followed."""
        last = len(self._state.samples) - 1
        at = last if self._chosen is None else min(self._chosen, last)
        wanted = max(0, at + direction)
        self._chosen = wanted if wanted < last else None
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the line of settings, then what fits of the text."""
        sample = self.sample
        if sample is None:
            return [Content(""), Content.styled(self._why_none(), "dim")]
        text = Content.assemble((visible(sample.prompt), "dim"), visible(sample.text))
        return [Content(""), self._head(sample, width), *text.wrap(max(2, width))][:height]

    def _head(self, sample: Sample, width: int) -> Content:
        where = f"@{grouped(sample.step)}"
        if self._chosen is not None:
            where += f"  {self._chosen + 1} of {len(self._state.samples)}"
        settings = [
            f"temp {sample.temperature:g}",
            f"top-k {sample.top_k or 'off'}",
            f"top-p {sample.top_p:g}",
        ]
        return with_parts(Content.assemble("sample ", (where, "$accent"), " "), settings, width)

    def _why_none(self) -> str:
        if self._state.is_open:
            return "no sample yet: s writes one"
        return "" if self._state.is_live else "no sample was written"
