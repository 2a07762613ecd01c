"""Events as lines for people: one short line each, text that the model wrote indented."""

from __future__ import annotations

from functools import singledispatchmethod

from ttgpt.engine import events

from .. import format as written

_REASONS = {
    "max_steps": "all steps done",
    "early_stop": "no better validation loss for long enough",
    "stopped": "stopped",
    "signal": "stopped by a signal",
    "aborted": "ended without saving",
}


class Narrator:
    """Turns events into lines; remembers how many steps there are, and what was found."""

    def __init__(self) -> None:
        self._max_steps = 0
        self._held: dict[str, str] = {}

    @singledispatchmethod
    def lines(self, event: events.Event) -> list[str]:
        """Give an event's lines; a passing phase and a chip's reading have none."""
        return []

    @lines.register
    def _(self, event: events.Opened) -> list[str]:
        self._max_steps = event.max_steps
        parts = [
            f"{event.backend} {event.device} {event.dtype}",
            f"{written.count(event.parameters)} parameters",
            f"{event.max_steps:,} steps of {event.tokens_per_step:,} tokens",
        ]
        if event.steps_done:
            parts.append(f"goes on after step {event.steps_done:,}")
        return _line("opened", *parts, event.note)

    @lines.register
    def _(self, event: events.Compiling) -> list[str]:
        return _line("waiting", event.what)

    @lines.register
    def _(self, event: events.Tuned) -> list[str]:
        return _line("tuned", self._of_all(event.step), event.text)

    @lines.register
    def _(self, event: events.Step) -> list[str]:
        return _line(
            "step",
            self._of_all(event.step),
            f"loss {written.loss(event.loss)}",
            f"lr {written.lr(event.lr)}",
            f"{written.grouped(event.tokens_per_s)} tokens/s",
        )

    @lines.register
    def _(self, event: events.Evaluated) -> list[str]:
        return _line(
            "eval",
            self._of_all(event.step),
            f"train {written.loss(event.train_loss)}",
            f"val {written.loss(event.val_loss)}",
            "best so far" if event.is_best else "",
        )

    @lines.register
    def _(self, event: events.Sample) -> list[str]:
        head = _line(
            "sample",
            self._of_all(event.step),
            f"temperature {event.temperature:g}",
            f"top-k {event.top_k}",
            f"top-p {event.top_p:g}",
        )
        text = (event.prompt + event.text).strip("\n")
        return [*head, *(f"    {line}".rstrip() for line in text.split("\n"))]

    @lines.register
    def _(self, event: events.Checkpoint) -> list[str]:
        size = written.size(event.bytes)
        return _line("saved", self._of_all(event.step), event.path, size, event.kind)

    @lines.register
    def _(self, event: events.Setting) -> list[str]:
        return _line("set", f"{event.name} is now {event.new} (was {event.old})")

    @lines.register
    def _(self, event: events.Health) -> list[str]:
        if self._held.get(event.kind) == event.text:
            return []  # it was said: these are newer figures
        self._held[event.kind] = event.text
        advice = event.advice if event.level != "info" else ""
        return _line(event.level, self._of_all(event.step), event.text, event.evidence, advice)

    @lines.register
    def _(self, event: events.Paused) -> list[str]:
        return _line("paused", self._of_all(event.step), event.reason)

    @lines.register
    def _(self, event: events.Resumed) -> list[str]:
        return _line("resumed", self._of_all(event.step), event.reason)

    @lines.register
    def _(self, event: events.Finished) -> list[str]:
        reason = _REASONS.get(event.reason, event.reason)
        return _line("ended", self._of_all(event.step), reason)

    @lines.register
    def _(self, event: events.Failed) -> list[str]:
        return _line("failed", self._of_all(event.step), event.kind)

    @lines.register
    def _(self, event: events.Unknown) -> list[str]:
        return _line("notice", f"the worker told of {event.name!r}, unknown to this version")

    def _of_all(self, step: int) -> str:
        most = f"{self._max_steps:,}" if self._max_steps else ""
        return f"{step:>{len(most)},} / {most}" if most else f"{step:,}"


def _line(label: str, *parts: str) -> list[str]:
    shown = "  ".join(part for part in parts if part)
    return [written.one_line(f"{label:<8} {shown}")]
