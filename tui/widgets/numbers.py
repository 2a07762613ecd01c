"""The column of figures."""

from __future__ import annotations

import math

from textual.content import Content

from ..format import grouped, loss, lr, small
from ..state import RunState
from .lines import Lines

_LABEL, _VALUE = 9, 9
_LARGEST_EXPONENT = 30.0


class Numbers(Lines):
    """A run's figures, right-aligned so that nothing moves while they count."""

    HELP = (
        "train  loss of the last steps, averaged\n"
        "val  loss on text held out of training, always the same\n"
        "best  the lowest val so far, and its step\n"
        "gap  val minus train, both measured at the same evaluation\n"
        "perplex.  e to the power of val: as if it chose among so many tokens\n"
        "lr  learning rate\n"
        "grad  length of the gradient before clipping\n"
        "saved  the newest checkpoint, and why it was kept"
    )

    DEFAULT_CSS = """
    Numbers { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state = RunState()

    def show(self, state: RunState) -> None:
        """Show a run."""
        self._state = state
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the figures."""
        return [_figure(*row) for row in _rows(self._state)]


def _rows(state: RunState) -> list[tuple[str, str, str]]:
    newest = state.newest
    evaluated = state.evaluations[-1] if state.evaluations else None
    val = evaluated.val_loss if evaluated else None
    best = state.best
    gap = evaluated.val_loss - evaluated.train_loss if evaluated else None
    saved = state.checkpoints[-1] if state.checkpoints else None
    return [
        ("train", loss(state.smooth.last), ""),
        ("val", loss(val), ""),
        ("best", loss(best.val_loss if best else None), f"@{grouped(best.step)}" if best else ""),
        ("gap", loss(gap), ""),
        ("perplex.", small(_perplexity(val)), ""),
        ("lr", lr(newest.lr if newest else None), ""),
        ("grad", small(newest.grad_norm if newest else None), ""),
        ("tokens/s", grouped(state.pace.tokens_per_s), ""),
        ("ms/step", small(state.pace.ms_per_step), ""),
        ("saved", grouped(saved.step if saved else None), saved.kind if saved else ""),
    ]


def _figure(label: str, value: str, note: str) -> Content:
    return Content.assemble(
        (f"{label:<{_LABEL}}", "dim"), f"{value:>{_VALUE}}", (f"  {note}", "dim")
    )


def _perplexity(val_loss: float | None) -> float | None:
    if val_loss is None or not math.isfinite(val_loss):
        return None
    return math.exp(val_loss) if val_loss < _LARGEST_EXPONENT else math.inf
