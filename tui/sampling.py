"""How boldly to draw: what the sliders stand for."""

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
    repetition_penalty: float = Generate.repetition_penalty

    @staticmethod
    def of(command: Generate) -> Sampling:
        """Give the values of a request."""
        return Sampling(
            command.temperature, command.top_k, command.top_p, command.repetition_penalty
        )

    @property
    def written(self) -> dict[str, str]:
        """The values as a person reads them, by the names of their sliders."""
        return {
            "temperature": f"{self.temperature:.2f}",
            "top-k": str(self.top_k) if self.top_k else "off",
            "top-p": f"{self.top_p:.2f}",
            "penalty": f"{self.repetition_penalty:.2f}",
        }

    @property
    def in_a_line(self) -> str:
        """The values in one line; a penalty that is off goes without saying."""
        return ", ".join(
            f"{name} {value}"
            for name, value in self.written.items()
            if name != "penalty" or self.repetition_penalty != 1
        )

    def changed_in(self, other: Sampling) -> dict[str, Any]:
        """Give the values of the other that differ from these, by name."""
        own, others = dataclasses.asdict(self), dataclasses.asdict(other)
        return {name: others[name] for name in own if own[name] != others[name]}
