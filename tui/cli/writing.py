"""Text as a worker draws it, passed on to stdout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ttgpt.engine.commands import Chunk, Generate

from .. import format as written
from ..reach import reach_worker
from .output import note, print_json


async def write(home: Path, command: Generate, *, json: bool) -> None:
    """Have the text drawn and print it: as it comes, or as one JSON object a sample.

    Raises:
        TtgptError: The worker could not be started, refused, or ended in mid-text.
    """
    link = await reach_worker(home)
    begun = False
    try:
        async for part in link.generate(command):
            if not isinstance(part, Chunk):
                _print_samples(command, part) if json else _end(command, part)
            elif part.sample == 0 and not json:
                _show(part.text if begun else _before(command) + part.text)
                begun = True
    finally:
        await link.close()


def _before(command: Generate) -> str:
    return command.prompt if command.prompt.strip() else ""


def _show(text: str) -> None:
    # A terminal would obey control characters that a model wrote; a file takes the text as it is.
    shown = written.visible(text) if sys.stdout.isatty() else text
    click.echo(shown, nl=False, color=True)  # otherwise click would strip some of them


def _end(command: Generate, result: dict[str, Any]) -> None:
    """Print what was not shown as it came: the samples after the first, and the figures."""
    samples = result["samples"]
    for number, sample in enumerate(samples[1:], start=2):
        _show(f"\n\n--- {number} of {len(samples)} ---\n{_before(command)}{sample['text']}")
    click.echo()
    note(
        f"\nseed {result['seed']}  step {result['step']:,}"
        f"  {written.grouped(result['tokens'])} tokens"
        f"  {written.grouped(result['tokens_per_s'])} tokens/s"
    )


def _print_samples(command: Generate, result: dict[str, Any]) -> None:
    for sample in result["samples"]:
        print_json(
            {
                "prompt": result.get("prompt", command.prompt),
                "text": sample["text"],
                "checkpoint": result["checkpoint"],
                "step": result["step"],
                "seed": sample["seed"],
                "temperature": command.temperature,
                "top_k": command.top_k,
                "top_p": command.top_p,
                "tokens": sample["tokens"],
                "tokens_per_s": result["tokens_per_s"],
            }
        )
