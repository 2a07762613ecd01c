"""Text as a worker draws it, passed on to stdout."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from ttgpt.engine.commands import Chunk, Generate

from .. import format as written
from ..link import WorkerLink
from ..reach import reach_worker
from ..sampling import Sampling
from .out_file import OutFile
from .output import note, print_json
from .weights import Weights


@dataclass(frozen=True)
class Wanted:
    """One request of a call."""

    command: Generate
    weights: Weights
    is_one_of_several: bool = False

    @property
    def heading(self) -> str:
        """What tells it from the call's other requests; empty where there is but one."""
        if not self.is_one_of_several:
            return ""
        step = self.command.live_step
        name = self.weights.name + (f" step {step:,}" if step >= 0 else "")
        return f"{name}, {Sampling.of(self.command).in_a_line}"


async def write_all(
    home: Path, wanted: Sequence[Wanted], *, json: bool, out: OutFile | None = None
) -> None:
    """Have texts drawn one after the other and print them.

    Of a run that trains one set of weights writes all, those of the first text's beginning.

    Raises:
        TtgptError: The worker could not be started, refused, or ended in mid-text.
    """
    links: dict[Path | None, WorkerLink] = {}
    steps: dict[Path | None, int | None] = {}
    try:
        for one in wanted:
            run = one.weights.live.path if one.weights.live is not None else None
            if run not in links:
                links[run] = link = await reach_worker(home, run)
                steps[run] = await link.snapshot() if run is not None else None
            step = steps[run]
            if step is not None:
                one = replace(one, command=replace(one.command, live_step=step))
            text = Text(one, json=json)
            result = await text.write(links[run])
            if out is not None:
                out.add(text.printed, documents(one, result))
    finally:
        for link in links.values():
            await link.close()
    if out is not None:
        note(f"Saved in {out.path}.")


class Text:
    """Prints one request's texts: as they come, or as one JSON object a sample.

    Args:
        wanted: The request.
        json: Whether stdout is for JSON.
    """

    def __init__(self, wanted: Wanted, *, json: bool) -> None:
        self.printed = ""
        """What stands on stdout, or would without `json`."""
        self._wanted = wanted
        self._json = json

    async def write(self, link: WorkerLink) -> dict[str, Any]:
        """Have it drawn, and give the worker's result."""
        result: dict[str, Any] = {}
        async for part in link.generate(self._wanted.command):
            if not isinstance(part, Chunk):
                result = part
            elif part.sample == 0:
                self._show(part.text if self.printed else self._head + part.text)
        self._end(result)
        return result

    @property
    def _head(self) -> str:
        heading = self._wanted.heading
        return (f"--- {heading} ---\n" if heading else "") + self._before

    @property
    def _before(self) -> str:
        prompt = self._wanted.command.prompt
        return prompt if prompt.strip() else ""

    def _show(self, text: str) -> None:
        self.printed += text
        if not self._json:
            # A terminal would obey control characters that a model wrote; a file takes the text as
            # it is.
            shown = written.visible(text) if sys.stdout.isatty() else text
            click.echo(shown, nl=False, color=True)  # otherwise click would strip some of them

    def _end(self, result: dict[str, Any]) -> None:
        """Print what was not shown as it came: the samples after the first, and the figures."""
        samples = result["samples"]
        for number, sample in enumerate(samples[1:], start=2):
            head = f"\n\n--- {number} of {len(samples)}, seed {sample['seed']} ---\n"
            self._show(f"{head}{self._before}{sample['text']}")
        self._show("\n\n" if self._wanted.heading else "\n")
        if self._json:
            for document in documents(self._wanted, result):
                print_json(document)
            return
        note(
            f"{'' if self._wanted.heading else chr(10)}"
            f"seed {result['seed']}  step {result['step']:,}"
            f"  {written.grouped(result['tokens'])} tokens"
            f"  {written.grouped(result['tokens_per_s'])} tokens/s"
        )


def documents(wanted: Wanted, result: dict[str, Any]) -> list[dict[str, Any]]:
    """Give a JSON object a sample: its text, and all it takes to write it again."""
    command = wanted.command
    broken = [
        {"step": one.step, "state": one.state, "problem": one.problem}
        for one in wanted.weights.passed_over
    ]
    return [
        {
            "prompt": result.get("prompt", command.prompt),
            "text": sample["text"],
            "checkpoint": result["checkpoint"],
            "step": result["step"],
            "seed": sample["seed"],
            "temperature": command.temperature,
            "top_k": command.top_k,
            "top_p": command.top_p,
            "repetition_penalty": command.repetition_penalty,
            "stop": command.stop,
            "tokens": sample["tokens"],
            "finish_reason": sample.get("reason", result.get("reason", "")),
            "passed_over": broken,
            "tokens_per_s": result["tokens_per_s"],
        }
        for sample in result["samples"]
    ]
