"""What the worker found about a run and what of it still holds."""

from __future__ import annotations

from ttgpt.engine.events import Health
from ttgpt.engine.health.stage import is_lower

STAGE = "stage"
BROKEN = ("not_finite", "diverging")
"""Findings that a run goes back from."""
_ORDER = (*BROKEN, "frozen_parameters", "flat_at_random", "overfitting", "plateau", "slow")
"""States of a run, the worst first; other findings are of one moment, and notices."""


class Standing:
    """The stage that a model has reached, and the findings that hold now."""

    def __init__(self) -> None:
        self.stage: Health | None = None
        self._held: dict[str, Health] = {}

    @property
    def findings(self) -> list[Health]:
        """What holds now, the worst first."""
        return [self._held[kind] for kind in _ORDER if kind in self._held]

    @property
    def broken(self) -> Health | None:
        """What makes further steps a loss, or None."""
        return next((found for found in self.findings if found.kind in BROKEN), None)

    def take(self, found: Health) -> bool:
        """Take in a finding; say whether it is a state of the run that began to hold."""
        if found.kind == STAGE:
            # A worker that goes on judges by its first samples alone, which may be poor ones.
            if self.stage is None or not is_lower(found.text, self.stage.text):
                self.stage = found
        elif found.is_over:
            self._held.pop(found.kind, None)
            return False
        elif found.kind in _ORDER:
            self._held[found.kind] = found
        else:
            return False
        return True

    def restart(self, step: int) -> None:
        """Another worker goes on from a step: it tells again what still holds there."""
        self._held.clear()
        if self.stage is not None and self.stage.step > step:
            self.stage = None
