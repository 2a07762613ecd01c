"""How boldly to draw: what the three sliders stand for."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from ttgpt.engine.commands import Generate


@dataclass(frozen=True)
class Sampling:
    """The values of one draw; the defaults are those of a `generate` request."""

    temperature: float = Generate.temperature
    top_k: int = Generate.top_k
    top_p: float = Generate.top_p

    @staticmethod
    def of(command: Generate) -> Sampling:
        """Give the values of a request."""
        return Sampling(command.temperature, command.top_k, command.top_p)

    @property
    def written(self) -> dict[str, str]:
        """The values as a person reads them, by the names of their sliders."""
        return {
            "temperature": f"{self.temperature:.2f}",
            "top-k": str(self.top_k) if self.top_k else "off",
            "top-p": f"{self.top_p:.2f}",
        }

    def changed_in(self, other: Sampling) -> dict[str, Any]:
        """Give the values of the other that differ from these, by name."""
        own, others = dataclasses.asdict(self), dataclasses.asdict(other)
        return {name: others[name] for name in own if own[name] != others[name]}
