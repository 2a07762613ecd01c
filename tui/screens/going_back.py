"""Asks whether to go back to a checkpoint, and how much lower the learning rate shall be."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from ..format import grouped
from ..widgets.number_field import NumberField
from ..widgets.scale import Linear
from .base import Dialog
from .dialogs import keys_line

_HALF = 0.5
"""What a rate is commonly cut to after a run broke; a tenth where that breaks again."""


class GoingBack(Dialog[float]):
    """Gives what the learning rate is to be multiplied with from now on; None for no.

    Args:
        step: The checkpoint's step.
        lost: Steps after it.
        scale: What the rate is multiplied with now.
    """

    BINDINGS = [
        Binding("enter", "answer", "go back"),
        Binding("escape", "dismiss(None)", "leave it"),
    ]

    def __init__(self, step: int, lost: int, scale: float) -> None:
        super().__init__()
        self._step, self._lost, self._scale = step, lost, scale
        self._factor = NumberField(
            "learning rate \N{MULTIPLICATION SIGN}", Linear(0.01, 1, 0.05, 0.1), _HALF
        )

    def compose(self) -> ComposeResult:
        """Show what will be done, the factor, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(
                f"Go back to checkpoint {grouped(self._step)}?", classes="heading", markup=False
            )
            steps = f"{grouped(self._lost)} step{'' if self._lost == 1 else 's'}"
            yield Static(
                f"The worker ends without saving and starts again from there: {steps} are done "
                "anew. Checkpoints after it are set aside in the run's folder, not deleted.",
                markup=False,
            )
            yield self._factor
            if self._scale != 1:
                yield Static(
                    f"It is scaled by {self._scale:g} already; this comes on top.",
                    classes="quiet",
                    markup=False,
                )
            yield Static(
                keys_line(("Enter", "go back"), ("←→", "change"), ("Esc", "leave it")),
                classes="keys",
            )

    def on_mount(self) -> None:
        """Let the keys act on the factor."""
        self._factor.focus()

    def action_answer(self) -> None:
        """Close with the new scale."""
        self.dismiss(round(self._factor.value * self._scale, 6))
