"""`ttgpt-tui generate`: let a trained model write."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .call import Call, with_call
from .numbers import numbers
from .train import BACKENDS

if TYPE_CHECKING:
    from .weights import Weights
    from .writing import Wanted


def _finite(context: click.Context, option: click.Parameter, value: float) -> float:
    """Refuse what JSON has no name for, so that it cannot be sent to the worker."""
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.")
    return value


@click.command()
@click.argument("checkpoints", metavar="CHECKPOINT|RUN...", nargs=-1, required=True)
@click.option("--prompt", default="\n", help="Text to continue; - reads it from stdin.")
@numbers("--temperature", float, 0.8, "0 is greedy. Several: a sweep.")
@numbers("--top-k", int, 40, "0 is off. Several: a sweep.")
@numbers("--top-p", float, 1.0, "1 is off. Several: a sweep.")
@click.option(
    "--repetition-penalty",
    type=float,
    default=1.0,
    show_default=True,
    callback=_finite,
    help="Above 1, what was just written is less likely. 1 is off.",
)
@click.option("--seed", type=int, default=-1, help="Seed of the draws. Default: a random one.")
@click.option("--max-new-tokens", type=int, default=300, show_default=True, help="Length.")
@click.option(
    "--num-samples",
    type=int,
    default=1,
    show_default=True,
    help="How many texts; their seeds count up.",
)
@click.option("--stop", default="", help="End a text once it has written this; \\n is a line end.")
@click.option("--backend", type=click.Choice(BACKENDS), help="What computes. Default: auto.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Save the texts too: .json and .jsonl with all settings, else as text.",
)
@with_call
def generate(
    call: Call,
    /,
    checkpoints: tuple[str, ...],
    prompt: str,
    temperature: tuple[float, ...],
    top_k: tuple[int, ...],
    top_p: tuple[float, ...],
    out: Path | None,
    backend: str | None,
    stop: str,
    **settings: Any,
) -> None:
    """Write text with one or more checkpoints.

    RUN is its newest checkpoint, RUN@STEP and RUN@best another one of its; RUN@live are the weights
    of a run that trains now, RUN@untrained those it began with; a checkpoint folder's path does
    too. Text goes to stdout as it is drawn.
    """
    import asyncio

    from .out_file import OutFile
    from .weights import find_weights
    from .writing import write_all

    home = call.home()
    kept = OutFile(out, call) if out is not None else None
    weights = [find_weights(home, wanted) for wanted in checkpoints]
    values: dict[str, Any] = {
        "prompt": sys.stdin.read() if prompt == "-" else prompt,
        "stop": stop.replace("\\n", "\n"),
        "backend": "" if backend in (None, "auto") else backend,
        **settings,
    }
    wanted = list(_every(weights, list(product(temperature, top_k, top_p)), values))
    asyncio.run(write_all(home, wanted, json=call.json, out=kept))


def _every(
    weights: Sequence[Weights], draws: Sequence[tuple[float, int, float]], values: dict[str, Any]
) -> Iterator[Wanted]:
    """Give a request for each of the weights with each of the sampling values, one seed for all."""
    from ttgpt.engine.commands import Generate

    from .writing import Wanted

    several = len(weights) * len(draws) > 1
    if several and values["seed"] == -1:
        # Else each would get a seed of its own, and they could not be compared.
        values = {**values, "seed": random.SystemRandom().randrange(2**31)}
    for one, (temperature, top_k, top_p) in product(weights, draws):
        command = Generate(
            checkpoint=one.checkpoint,
            untrained=one.untrained,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            **values,
        )
        yield Wanted(command, one, several)
