"""`ttgpt-tui train`: start a run, or go on with one, and watch it to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ttgpt.engine.errors import UsageError

from .call import Call, with_call
from .output import note
from .setting import read_setting

if TYPE_CHECKING:
    from ttgpt.engine.presets import Preset
    from ttgpt.engine.runs.starting import StartedRun

BACKENDS = ("auto", "torch", "ttml")


@click.command()
@click.argument("preset", required=False)
@click.option("--data", metavar="NAME|PATH", help="Train on this text instead of the preset's.")
@click.option(
    "--set",
    "pairs",
    metavar="NAME=VALUE",
    multiple=True,
    help="Change a setting, such as train.max_steps=200. May be given again.",
)
@click.option("--backend", type=click.Choice(BACKENDS), help="What computes. Default: auto.")
@click.option("--name", help="Name of the run. Default: the preset's.")
@click.option("--resume", metavar="RUN", help="Go on with a run from its newest checkpoint.")
@click.option("--detach", is_flag=True, help="Return once the run has begun.")
@click.option("--try", "only_try", is_flag=True, help="Measure 20 steps, and train nothing.")
@with_call
def train(
    call: Call,
    preset: str | None,
    data: str | None,
    pairs: tuple[str, ...],
    backend: str | None,
    name: str | None,
    resume: str | None,
    detach: bool,
    only_try: bool,
) -> None:
    """Train PRESET and follow the run to its end.

    PRESET is a name that `ttgpt-tui presets` lists, or the path of a preset file. Training does
    not depend on this command: it goes on when the terminal is lost. Ctrl-C saves and stops.
    """
    settings = dict(map(read_setting, pairs))
    if only_try:
        _refuse_with("--try", "A try makes no run.", resume=resume, name=name)
        changes = {**settings, "data.source": data} if data is not None else settings
        config = _preset(call, preset).config.with_settings(dict(changes))
        from .trying import try_it

        try_it(call, config, backend or "auto")
        return
    if resume is not None:
        why = "A run goes on with what it began with."
        _refuse_with("--resume", why, PRESET=preset, data=data, backend=backend, name=name)
        started, offset = _resume(call, resume, settings)
    else:
        started, offset = _start(call, preset, settings, data, backend or "auto", name), 0
    from .started import follow, leave

    (leave if detach else follow)(started, offset, json=call.json)


def _refuse_with(option: str, why: str, **given: str | None) -> None:
    for name, value in given.items():
        if value is not None:
            label = name if name.isupper() else f"--{name}"
            raise UsageError(
                f"{label} ({value}) does not go with {option}.", why, "Leave one of the two out."
            )


def _start(
    call: Call,
    preset: str | None,
    settings: dict[str, str],
    data: str | None,
    backend: str,
    name: str | None,
) -> StartedRun:
    from ttgpt.engine.runs.starting import start_run

    return start_run(
        call.home(),
        _preset(call, preset),
        settings=settings,
        data=data,
        backend=backend,
        name=name,
        say=note,
    )


def _preset(call: Call, wanted: str | None) -> Preset:
    from ttgpt.engine import own_presets
    from ttgpt.engine.presets import names

    if wanted is None:
        known = [*names(), *own_presets.names(call.home())]
        raise UsageError(
            "Which preset?", f"Known: {', '.join(known)}.", "Begin with: ttgpt-tui train demo"
        )
    return own_presets.find(call.home(), wanted)


def _resume(call: Call, wanted: str, settings: dict[str, str]) -> tuple[StartedRun, int]:
    """Start the worker again; also give where its events will begin."""
    from ttgpt.engine.runs.starting import resume_run

    run = call.run(wanted)
    written = run.events.stat().st_size if run.events.exists() else 0
    return resume_run(call.home(), run, settings=settings, say=note), written
