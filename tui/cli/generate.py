"""`ttgpt-tui generate`: let a trained model write."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from .call import Call, home_option, json_option, pass_call

F = TypeVar("F", bound=Callable[..., Any])


def _finite(context: click.Context, option: click.Parameter, value: float) -> float:
    """Refuse what JSON has no name for, so that it cannot be sent to the worker."""
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.")
    return value


def _number(name: str, default: float, text: str) -> Callable[[F], F]:
    return click.option(
        name, type=float, default=default, show_default=True, callback=_finite, help=text
    )


@click.command()
@click.argument("checkpoint", metavar="CHECKPOINT|RUN")
@click.option("--prompt", default="\n", help="Text to continue; - reads it from stdin.")
@_number("--temperature", 0.8, "0 is greedy.")
@click.option("--top-k", type=int, default=40, show_default=True, help="0 is off.")
@_number("--top-p", 1.0, "1 is off.")
@click.option("--seed", type=int, default=-1, help="Seed of the draws. Default: a random one.")
@click.option("--max-new-tokens", type=int, default=300, show_default=True, help="Length.")
@click.option("--num-samples", type=int, default=1, show_default=True, help="How many texts.")
@json_option
@home_option
@pass_call
def generate(
    call: Call,
    checkpoint: str,
    prompt: str,
    temperature: float,
    top_k: int,
    top_p: float,
    seed: int,
    max_new_tokens: int,
    num_samples: int,
) -> None:
    """Write text with a run's newest checkpoint.

    RUN@STEP and RUN@best choose another one of its checkpoints; a checkpoint folder's path does
    too. Text goes to stdout as it is drawn.
    """
    import asyncio

    from ttgpt.engine.commands import Generate

    from .which import find_checkpoint
    from .writing import write

    home = call.home()
    found = find_checkpoint(home, checkpoint)
    command = Generate(
        prompt=sys.stdin.read() if prompt == "-" else prompt,
        checkpoint=str(found.path),
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        seed=seed,
        max_new_tokens=max_new_tokens,
        num_samples=num_samples,
    )
    asyncio.run(write(home, command, json=call.json))
