"""`ttgpt-tui runs set|sample|checkpoint|abort|kill|back`: act on a run as the Train screen does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ttgpt.engine.errors import UsageError

from .call import Call, with_call
from .confirm import confirmed
from .output import note, print_json, say
from .setting import read_setting

if TYPE_CHECKING:
    from ttgpt.engine.runs.rundir import RunFolder


@click.command(name="set")
@click.argument("run")
@click.argument("settings", metavar="NAME=VALUE...", nargs=-1, required=True)
@with_call
def set_live(call: Call, run: str, settings: tuple[str, ...]) -> None:
    """Change settings of a live run, such as train.lr_scale=0.5.

    Others are train.max_steps=5000 and sample.interval=100; an unknown one lists them all.
    """
    from ttgpt.engine.commands import Set

    from .ask import ask_live

    pairs = [read_setting(text) for text in settings]
    found = call.run(run)
    changes = [ask_live(found, Set(name, value)) for name, value in pairs]
    if call.json:
        print_json({"name": found.info().name, "changed": changes})
        return
    for change in changes:
        say(f"{change['name']} is now {change['new']} (was {change['old']})")
        if "note" in change:
            note(change["note"])


@click.command()
@click.argument("run")
@with_call
def sample(call: Call, run: str) -> None:
    """Have a live run write its samples now, paused or not."""
    from ttgpt.engine.commands import DrawSample

    _ask(call, run, DrawSample(), "writes samples after its current step.")


@click.command()
@click.argument("run")
@with_call
def checkpoint(call: Call, run: str) -> None:
    """Have a live run save a checkpoint now, paused or not."""
    from ttgpt.engine.commands import SaveCheckpoint

    _ask(call, run, SaveCheckpoint(), "saves a checkpoint after its current step.")


@click.command()
@click.argument("run")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_call
def abort(call: Call, run: str, yes: bool) -> None:
    """End a live run without saving.

    What came after its newest checkpoint is lost.
    """
    from ttgpt.engine.commands import Abort

    if not yes and not confirmed("End the run without saving?", "Nothing was ended."):
        say("It goes on.")
        return
    _ask(call, run, Abort(), "ends after its current step, without saving.")


@click.command()
@click.argument("run")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_call
def kill(call: Call, run: str, yes: bool) -> None:
    """End a worker that no longer steps.

    It is asked to end, and killed 10 seconds later.
    """
    from ..control import kill_worker
    from .ask import check_live

    found = call.run(run)
    check_live(found)
    question = "Kill the worker? What came after its newest checkpoint is lost."
    if not yes and not confirmed(question, "Nothing was ended."):
        say("It goes on.")
        return
    owner = kill_worker(found)
    if call.json:
        print_json({"name": found.info().name, "pid": owner.pid if owner is not None else None})
    else:
        say(f"{f'Process {owner.pid}' if owner is not None else 'The worker'} has ended.")


@click.command()
@click.argument("run")
@click.option(
    "--step",
    type=int,
    help="The checkpoint. Default: the last one from before the loss broke.",
)
@click.option(
    "--times", type=float, default=0.5, show_default=True, help="Multiplies the learning rate."
)
@click.option("--detach", is_flag=True, help="Return once the run has begun.")
@with_call
def back(call: Call, run: str, step: int | None, times: float, detach: bool) -> None:
    """Take a run back to a checkpoint, at a lower learning rate.

    A live run's worker ends without saving first. Later checkpoints are set aside in the run's
    folder, not deleted.
    """
    from ttgpt.engine.runs.going_back import go_back

    from ..watching.facts import read_facts
    from .started import follow, leave

    home, found = call.home(), call.run(run)
    since = _broken_since(found) if step is None else step + 1
    facts = read_facts(home, found, since)
    good = facts.last_good
    if good is None or (step is not None and good != step):
        raise _nowhere(step, since)
    written = found.events.stat().st_size if found.events.exists() else 0
    started = go_back(home, found, good, times * facts.lr_scale, say=note)
    (leave if detach else follow)(started, written, json=call.json)


COMMANDS = (set_live, sample, checkpoint, abort, kill, back)


def _ask(call: Call, run: str, command: Any, sentence: str) -> None:
    from .ask import ask_live

    found = call.run(run)
    answer = ask_live(found, command)
    name = found.info().name
    if call.json:
        print_json({"name": name, **answer})
    else:
        say(f"The run {name!r} {sentence}")


def _broken_since(run: RunFolder) -> int | None:
    """Give the step from which the run's loss is no good, where that was found."""
    from ..watching.watch import RunWatch

    broken = RunWatch(run).read_all().standing.broken
    return broken.since if broken is not None else None


def _nowhere(step: int | None, since: int | None) -> UsageError:
    if step is not None:
        return UsageError(
            f"There is no whole checkpoint of step {step:,}.",
            "A run goes back to a checkpoint that it has.",
            "`ttgpt-tui runs show` lists them.",
        )
    if since is None:
        return UsageError(
            "Back to which step?",
            "Nothing was found wrong with its loss, so no checkpoint suggests itself.",
            "Give --step; `ttgpt-tui runs show` lists the checkpoints.",
        )
    return UsageError(
        f"There is no whole checkpoint from before step {since:,}.",
        "The loss broke there.",
        "Begin anew with a lower learning rate: ttgpt-tui train --set train.lr=…",
    )
