"""What a preset is, and what to expect of it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from ttgpt.engine.presets import Preset

from ...format import grouped
from ...plan import Plan, Row, rows_of
from ...watching.facts import shape_of
from ..lines import Lines


class PresetDetail(Lines):
    """The marked preset in words and figures."""

    DEFAULT_CSS = """
    PresetDetail { padding: 0 0 0 1; border-left: solid $border-blurred; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._preset: Preset | None = None
        self._plan: Plan | None = None
        self._edited = 0

    def show(self, preset: Preset, plan: Plan | None = None, edited: int = 0) -> None:
        """Show a preset, what is known of it on this host, and how much of it was edited."""
        self._preset, self._plan, self._edited = preset, plan, edited
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the summary, what to expect, and the figures."""
        preset = self._preset
        if preset is None:
            return []
        lines = [
            Content.styled(preset.title, "bold"),
            *_wrapped(preset.summary, width),
            Content(""),
        ]
        lines += _figures(preset, self._plan, width)
        if self._edited:
            what = "1 setting" if self._edited == 1 else f"{self._edited} settings"
            words = f"{what} changed in the form; e goes on there, Enter here starts the preset"
            lines += drawn_rows([("edited", words, "$warning")], width)
        if preset.expect.strip():
            expect = _wrapped(preset.expect, width)
            lines += [Content("")] if len(lines) + len(expect) + 2 <= height else []
            lines += [Content.styled("what to expect", "dim"), *expect]
        return _cut(lines, width, height)


def _wrapped(text: str, width: int) -> list[Content]:
    return Content(" ".join(text.split())).wrap(max(10, width))


def _cut(lines: list[Content], width: int, height: int) -> list[Content]:
    """Keep what there is room for; a sentence that is cut says so."""
    if len(lines) <= height or height < 1:
        return lines[:height]
    last = lines[height - 1].plain[: max(0, width - 2)].rstrip()
    return [*lines[: height - 1], Content(f"{last} …")]


def _figures(preset: Preset, plan: Plan | None, width: int) -> list[Content]:
    model = preset.config.model
    rows: list[Row] = [
        ("network", f"{shape_of(model)}, block {grouped(model.block_size)}", ""),
        ("text", preset.config.data.source, ""),
    ]
    if plan is not None:
        rows += rows_of(plan, preset.config)
    return drawn_rows(rows, width)


def drawn_rows(rows: Sequence[Row], width: int) -> list[Content]:
    """Draw rows with their labels, long ones wrapped beside them."""
    return [
        Content.assemble((f"{'' if place else label:<9}", "dim"), Content.styled(line.plain, style))
        for label, text, style in rows
        for place, line in enumerate(Content(text).wrap(max(10, width - 9)))
    ]
