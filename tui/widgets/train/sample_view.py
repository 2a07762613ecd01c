"""The sample timeline: what the model wrote at a step, alone or beside that of another step."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.content import Content

from ttgpt.engine.events import Sample

from ...format import grouped, one_line, visible
from ...watching.state import RunState
from ...watching.timeline import Moment, Place, moments
from ..lines import Lines, with_parts
from ..sparkline import sparkline

_WITH_MEASURES = 5
"""Height from which the line of measures is worth its place."""
_SPARK = 16
"""Most cells of the course of a measure."""
_MEASURE_WORDS = 27
"""Cells of the words and figures in the line of measures."""


class SampleView(Lines):
    """The newest sample, or an earlier one that was chosen."""

    HELP = (
        "Samples use the same prompts and the same seed each time: what differs was learned since. "
        "After the last one the newest is followed again. c keeps the step that is shown on the "
        "left, the arrows then change the right one.\n"
        "known  share of the words of three letters or more that occur in the text\n"
        "repeats  share of runs of four words that came before in the same sample"
    )

    def __init__(self) -> None:
        super().__init__()
        self._state = RunState()
        self._moments: list[Moment] = []
        self._place = Place()

    @property
    def sample(self) -> Sample | None:
        """The sample that is shown; on the right where there are two."""
        if not self._moments:
            return None
        return self._moments[self._place.at(self._moments)].of_prompt(self._place.prompt)

    @property
    def steps_shown(self) -> list[int]:
        """The steps of the samples that are shown, the left one first."""
        pinned, sample = self._place.pin(self._moments), self.sample
        shown = [pinned.step] if pinned is not None else []
        return [*shown, sample.step] if sample is not None else shown

    @property
    def is_beside(self) -> bool:
        """Whether two steps are shown side by side."""
        return self._place.pinned is not None

    @property
    def steps(self) -> int:
        """Steps that there are samples of."""
        return len(self._moments)

    @property
    def prompts(self) -> int:
        """Prompts at the step that is shown."""
        return len(self._moments[self._place.at(self._moments)].samples) if self._moments else 0

    def show(self, state: RunState) -> None:
        """Show a run's samples."""
        if state is not self._state:
            self._place = Place()
        self._state, self._moments = state, moments(state.samples)
        self.redraw()

    def step(self, direction: int) -> None:
        """Go to the sample before (-1) or after (1); past the last one the newest is followed."""
        self._place.move(self._moments, direction)
        self.redraw()

    def next_prompt(self, direction: int) -> None:
        """Show the sample of the prompt before (-1) or after (1)."""
        self._place.next_prompt(self._moments, direction)
        self.redraw()

    def toggle_beside(self) -> None:
        """Show two steps side by side, or one again."""
        self._place.toggle_pin(self._moments)
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the line of settings, then what fits of the text, then how it measures."""
        sample = self.sample
        if sample is None:
            return [Content(""), Content.styled(self._why_none(), "dim")]
        measures = self._measures(sample, width) if height >= _WITH_MEASURES else None
        rows = height - 1 - (measures is not None)
        pinned = self._place.pin(self._moments)
        if pinned is None:
            lines = self._column(sample, width, rows, self._where(sample))
        else:
            lines = self._beside(pinned.of_prompt(self._place.prompt), sample, width, rows)
        lines = [Content(""), *lines]
        if measures is not None:
            lines += [Content("")] * (height - 1 - len(lines)) + [measures]
        return lines[:height]

    def _beside(self, left: Sample, right: Sample, width: int, rows: int) -> list[Content]:
        half = max(2, (width - 3) // 2)
        bar = Content.styled(" │ ", "dim")
        columns = (
            self._column(left, half, rows, f"@{grouped(left.step)}"),
            self._column(right, half, rows, self._where(right)),
        )
        rows = max(map(len, columns))
        for column in columns:
            column += [Content("")] * (rows - len(column))
        return [
            one.truncate(half).pad_right(max(0, half - one.truncate(half).cell_length))
            + bar
            + other
            for one, other in zip(*columns, strict=True)
        ]

    def _column(self, sample: Sample, width: int, rows: int, where: str) -> list[Content]:
        text = Content.assemble((visible(sample.prompt), "dim"), visible(sample.text))
        return [self._head(sample, where, width), *text.wrap(max(2, width))][: max(0, rows)]

    def _head(self, sample: Sample, where: str, width: int) -> Content:
        settings = [
            f"temp {sample.temperature:g}",
            f"top-k {sample.top_k or 'off'}",
            f"top-p {sample.top_p:g}",
        ]
        return with_parts(Content.assemble("sample ", (where, "$accent"), " "), settings, width)

    def _where(self, sample: Sample) -> str:
        where = f"@{grouped(sample.step)}"
        if not self._place.follows:
            where += f"  {self._place.at(self._moments) + 1} of {len(self._moments)}"
        if self.prompts > 1:
            number = min(self._place.prompt, self.prompts - 1) + 1
            where += f"  prompt {number} of {self.prompts}"
        return where

    def _measures(self, sample: Sample, width: int) -> Content | None:
        """Give the shares of the sample, each with its course over the steps."""
        cells = max(4, min(_SPARK, (width - _MEASURE_WORDS) // 2))
        same = [moment.of_prompt(self._place.prompt) for moment in self._moments]
        parts = [
            self._measure("known", sample.known_words, [one.known_words for one in same], cells),
            self._measure("repeats", sample.repeated, [one.repeated for one in same], cells),
        ]
        found = [part for part in parts if part is not None]
        line = Content("   ").join(found)
        return line.truncate(width) if found else None

    def _measure(
        self, name: str, now: float, course: Sequence[float], cells: int
    ) -> Content | None:
        drawn = sparkline(course, cells, span=(0.0, 1.0))
        if not drawn:
            return None
        value = "too short" if math.isnan(now) else f"{now:.0%}".replace("%", " %")
        return Content.assemble((f"{name} ", "dim"), (drawn, "$accent"), f" {one_line(value)}")

    def _why_none(self) -> str:
        if self._state.is_open:
            return "no sample yet: s writes one"
        return "" if self._state.is_live else "no sample was written"
