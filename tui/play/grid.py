"""One checkpoint at many values: every temperature with every top-k, one prompt and seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from ttgpt.engine.commands import Generate
from ttgpt.engine.errors import TtgptError

from ..sampling import Sampling
from .columns import Column
from .session import PlaySession, Told

TEMPERATURES = (0.3, 0.6, 0.8, 1.0, 1.3)
TOP_KS = (1, 5, 40, 0)
_LONGEST = 120
"""Tokens of each text: enough to see what the values do, and twenty of them to read."""


class Grid:
    """Writes the texts one after the other.

    Args:
        session: Where they come from.
        column: Who writes; its other values hold for all.
        base: Prompt, length and the like.
        seed: The same for all.
    """

    def __init__(self, session: PlaySession, column: Column, base: Generate, seed: int) -> None:
        self.column = column
        self.seed = seed
        self.length = min(base.max_new_tokens, _LONGEST)
        self.found: list[tuple[Sampling, str]] = []
        """What was written whole."""
        self.broke_off = ""
        """Why it ended before all was written; empty where it did not."""
        self._base = dataclasses.replace(base, max_new_tokens=self.length)
        self._session = session
        self._is_enough = False

    def wanted(self) -> Iterator[tuple[Sampling, Generate]]:
        """Give the values and the request of each text."""
        for temperature in TEMPERATURES:
            for top_k in TOP_KS:
                sampling = dataclasses.replace(
                    self.column.sampling, temperature=temperature, top_k=top_k
                )
                column = dataclasses.replace(self.column, sampling=sampling)
                yield sampling, column.command(self._base, self.seed)

    async def write(self, say: Callable[[str], None]) -> None:
        """Write all, and say how far it is; what was written before it broke off is kept."""
        try:
            await self._write(say)
        except TtgptError as error:
            self.broke_off = f"{error.what} {error.why}"

    async def _write(self, say: Callable[[str], None]) -> None:
        trained_by = self.column.choice.trained_by
        if trained_by is not None:
            say("reaching a worker")
            step = await self._session.snapshot(trained_by)
            if step is not None:
                self.column = self.column.of_step(step)
                self._base = dataclasses.replace(self._base, live_step=step)
        wanted = list(self.wanted())
        for number, (sampling, command) in enumerate(wanted, start=1):
            say(f"grid {number} / {len(wanted)}  {sampling.in_a_line}")
            result = await self._session.write(command, Told(), trained_by)
            if self._is_enough or result is None:
                self.broke_off = "stopped"
                return
            self.found.append((sampling, result["samples"][0]["text"]))

    def stop(self) -> None:
        """Write no more; the text under way is dropped."""
        self._is_enough = True
        self._session.stop()

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    @property
    def standing(self) -> str:
        """How much of it there is, and why not more; empty when it is whole."""
        found, wanted = len(self.found), len(list(self.wanted()))
        return f"{found} of {wanted}, then: {self.broke_off}" if self.broke_off else ""

    @property
    def origin(self) -> str:
        """Who wrote it, from which seed, how long each text may be, and whether it is whole."""
        wrote = f"{self.column.title}  seed {self.seed}  length {self.length}"
        return f"{self.standing}\n{wrote}" if self.standing else wrote

    @property
    def text(self) -> str:
        """What was written: a heading with the values, then the prompt and the text, for each."""
        prompt = self._base.prompt
        parts = [f"--- {sampling.in_a_line} ---\n{prompt}{text}" for sampling, text in self.found]
        return "\n\n".join(parts)
