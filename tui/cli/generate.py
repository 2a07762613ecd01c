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
@click.option(
    "--prompt",
    "prompts",
    multiple=True,
    help="Text to continue; - reads it from stdin. May be given again. Default: a new line.",
)
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
@click.option("--stop", default="", help="End a text once it has written this.")
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
    prompts: tuple[str, ...],
    temperature: tuple[float, ...],
    top_k: tuple[int, ...],
    top_p: tuple[float, ...],
    out: Path | None,
    backend: str | None,
    stop: str,
    **settings: Any,
) -> None:
    r"""Write text with one or more checkpoints.

    RUN is its newest checkpoint, RUN@STEP and RUN@best another one of its; RUN@live are the weights
    of a run that trains now, RUN@untrained those it began with; a checkpoint folder's path does
    too. Text goes to stdout as it is drawn.

    In --prompt and --stop \n is a line end, \t a tab and \\ a backslash.
    """
    import asyncio

    from ttgpt.engine.convert import unescaped

    from .out_file import OutFile
    from .weights import find_weights
    from .writing import write_all

    home = call.home()
    kept = OutFile(out, call) if out is not None else None
    weights = [find_weights(home, wanted) for wanted in checkpoints]
    values: dict[str, Any] = {
        "stop": unescaped(stop),
        "backend": "" if backend in (None, "auto") else backend,
        **settings,
    }
    # An empty prompt is a line end, or what stands for one where the vocabulary has none.
    texts = [sys.stdin.read() if p == "-" else unescaped(p) for p in prompts] or [""]
    wanted = list(_every(weights, texts, list(product(temperature, top_k, top_p)), values))
    asyncio.run(write_all(home, wanted, json=call.json, out=kept))


def _every(
    weights: Sequence[Weights],
    prompts: Sequence[str],
    draws: Sequence[tuple[float, int, float]],
    values: dict[str, Any],
) -> Iterator[Wanted]:
    """Give a request for each of the weights with each prompt and each of the sampling values.

    All have one seed.
    """
    from ttgpt.engine.commands import Generate

    from .writing import Wanted

    several = len(weights) * len(prompts) * len(draws) > 1
    if several and values["seed"] == -1:
        # Else each would get a seed of its own, and they could not be compared.
        values = {**values, "seed": random.SystemRandom().randrange(2**31)}
    for one, prompt, (temperature, top_k, top_p) in product(weights, prompts, draws):
        command = Generate(
            prompt=prompt,
            checkpoint=one.checkpoint,
            untrained=one.untrained,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            **values,
        )
        yield Wanted(command, one, several)
