"""What a preset is, and what to expect of it."""

from __future__ import annotations

from textual.content import Content

from ttgpt.engine.presets import Preset

from ..facts import shape_of
from ..format import grouped
from .lines import Lines


class PresetDetail(Lines):
    """The marked preset in words and figures."""

    DEFAULT_CSS = """
    PresetDetail { padding: 0 0 0 1; border-left: solid $border-blurred; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._preset: Preset | None = None

    def show(self, preset: Preset) -> None:
        """Show a preset."""
        self._preset = preset
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
        lines += _figures(preset)
        if preset.expect.strip():
            lines += [Content(""), Content.styled("what to expect", "dim")]
            lines += _wrapped(preset.expect, width)
        return lines[:height]


def _wrapped(text: str, width: int) -> list[Content]:
    return Content(" ".join(text.split())).wrap(max(10, width))


def _figures(preset: Preset) -> list[Content]:
    model, train, sample = preset.config.model, preset.config.train, preset.config.sample
    tokens = train.sequences_per_step * model.block_size
    length = f"{grouped(train.max_steps)} steps" if train.max_steps else f"{train.epochs:g} passes"
    rows = [
        ("network", f"{shape_of(model)}, block {grouped(model.block_size)}"),
        ("text", preset.config.data.source),
        ("length", f"{length} of {grouped(tokens)} tokens"),
        ("sample", f"every {grouped(sample.interval)} steps" if sample.interval else "none"),
    ]
    return [Content.assemble((f"{label:<9}", "dim"), text) for label, text in rows]
