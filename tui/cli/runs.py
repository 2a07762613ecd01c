"""`ttgpt-tui runs`: list runs, look at one, hold it, end it, throw it away."""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any

import click

from .call import Call, with_call
from .confirm import confirmed
from .output import print_json, say, table
from .run_acting import COMMANDS as ACTING
from .run_keeping import COMMANDS as KEEPING


@click.group(invoke_without_command=True)
@with_call
@click.pass_context
def runs(context: click.Context, call: Call) -> None:
    """List the runs, newest first."""
    if context.invoked_subcommand is not None:
        return
    from ttgpt.engine.runs.rundir import list_runs

    from .summary import HEADERS, RIGHT, summarize

    found = [summarize(run) for run in list_runs(call.home(to_write=False))]
    if call.json:
        print_json({"runs": [dataclasses.asdict(one) for one in found]})
    elif not found:
        say("No run was started yet. Begin with: ttgpt-tui train demo")
    else:
        for line in table(HEADERS, [one.row for one in found], right=RIGHT):
            say(line)


@runs.command()
@click.argument("run")
@with_call
def show(call: Call, run: str) -> None:
    """Show where a run stands, its checkpoints, what to do next.

    RUN is a run's name, its id, or the path of its folder.
    """
    from .run_page import document, lines

    found = call.run(run)
    if call.json:
        print_json(document(found))
        return
    for line in lines(found):
        say(line)


@runs.command()
@click.argument("run")
@with_call
def stop(call: Call, run: str) -> None:
    """Save a live run after its current step, and end it."""
    from .ask import ask_to_stop, check_live

    found = call.run(run)
    check_live(found)
    ask_to_stop(found)
    _told(call, found.info().name, "stopping", "stops after its current step, and saves.")


@runs.command()
@click.argument("run")
@with_call
def pause(call: Call, run: str) -> None:
    """Hold a live run after its current step."""
    from ttgpt.engine.commands import Pause

    from .ask import ask_live

    found = call.run(run)
    answer = ask_live(found, Pause())
    name = found.info().name
    back = f"holds after its current step. Go on: ttgpt-tui runs resume {shlex.quote(name)}"
    _told(call, name, "pausing", back, answer)


@runs.command()
@click.argument("run")
@with_call
def resume(call: Call, run: str) -> None:
    """Let a paused run go on.

    For a run that has ended there is `train --resume`.
    """
    from ttgpt.engine.commands import Resume

    from .ask import ask_live

    found = call.run(run)
    answer = ask_live(found, Resume())
    _told(call, found.info().name, "training", "goes on.", answer)


@runs.command()
@click.argument("run")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_call
def delete(call: Call, run: str, yes: bool) -> None:
    """Move a run that has ended to the trash folder."""
    from ..runs.trash import check_deletable, move_to_trash

    home, found = call.home(), call.run(run)
    check_deletable(home, found)
    name = found.path.name
    if not yes and not confirmed(f"Delete the run {name}, with its checkpoints?"):
        say("Nothing was deleted.")
        return
    kept = move_to_trash(home, found)
    if call.json:
        print_json({"id": name, "moved_to": str(kept)})
    else:
        say(
            f"The run {name} is in {kept}. Take it back: ttgpt-tui runs restore {shlex.quote(name)}"
        )


for command in (*ACTING, *KEEPING):
    runs.add_command(command)


def _told(
    call: Call, name: str, state: str, sentence: str, answer: dict[str, Any] | None = None
) -> None:
    """Tell what a live run will do now."""
    if call.json:
        print_json({"name": name, "state": state, **(answer or {})})
    else:
        say(f"The run {name!r} {sentence}")
