"""`ttgpt-tui runs rename|note|export|compare|restore|trash`: what the Runs screen does, by name."""

from __future__ import annotations

from typing import Any

import click

from ttgpt.engine.errors import DataError, UsageError

from .call import Call, with_call
from .confirm import confirmed
from .output import print_json, say, table


@click.command()
@click.argument("run")
@click.argument("name")
@with_call
def rename(call: Call, run: str, name: str) -> None:
    """Give a run that has ended another NAME.

    Its folder takes it too.
    """
    from ttgpt.engine.runs.labels import rename_run

    renamed = rename_run(call.home(), call.run(run), name)
    if call.json:
        print_json({"id": renamed.path.name, "name": name, "path": str(renamed.path)})
    else:
        say(f"The run is now called {name!r}.")


@click.command()
@click.argument("run")
@click.argument("text", required=False)
@with_call
def note(call: Call, run: str, text: str | None) -> None:
    """Keep TEXT as a note about a run, or print the note.

    Without TEXT the note is printed; "" removes it.
    """
    from ttgpt.engine.runs.labels import read_note, write_note

    found = call.run(run)
    if text is not None:
        write_note(found, text)
    if call.json:
        print_json({"id": found.path.name, "note": read_note(found)})
    elif text is None:
        say(read_note(found) or "There is no note.")


@click.command()
@click.argument("run")
@with_call
def export(call: Call, run: str) -> None:
    """Write a run's curves, settings and a report to files.

    Steps and evaluations as CSV, the configuration as YAML, the report as a text.
    """
    from ..runs.export import export_run
    from ..runs.glance import glance

    folder = export_run(call.home(), glance(call.run(run)))
    if call.json:
        print_json({"folder": str(folder), "files": sorted(p.name for p in folder.iterdir())})
    else:
        say(f"Written to {folder}")


@click.command()
@click.argument("runs", nargs=-1, required=True)
@with_call
def compare(call: Call, runs: tuple[str, ...]) -> None:
    """Put two or more RUNS side by side.

    Results first, then the settings that differ.
    """
    from ..runs.comparing import rows_of
    from ..runs.glance import glance
    from ..runs.history import read_history

    if len(runs) < 2:
        raise UsageError("One run is given.", "", "Give two or more: runs compare stage1 stage2")
    found = [read_history(glance(call.run(name))) for name in runs]
    rows = rows_of(found)
    names = [history.seen.name for history in found]
    if call.json:
        shown: dict[str, Any] = {label: values for label, values in rows}
        print_json({"runs": names, "rows": shown})
        return
    for line in table(("", *names), [(label, *values) for label, values in rows]):
        say(line)


@click.command()
@click.argument("run")
@with_call
def restore(call: Call, run: str) -> None:
    """Take a deleted run back from the trash folder."""
    from ttgpt.engine.errors import nearest

    from ..runs import trash

    home = call.home()
    thrown = {one.name: one for one in reversed(trash.list_trash(home))}
    thrown |= {one.path.name: one for one in thrown.values()}
    if run not in thrown:
        raise DataError(
            f"The run {run!r} is not in the trash.",
            nearest(run, thrown) if thrown else "The trash is empty.",
            "`ttgpt-tui runs trash` lists what is there.",
        )
    back = trash.restore(home, thrown[run])
    if call.json:
        print_json({"id": back.path.name, "path": str(back.path)})
    else:
        say(f"The run {back.info().name!r} is back.")


@click.command("trash")
@click.option("--empty", is_flag=True, help="Remove for good what is there.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_call
def trash_command(call: Call, empty: bool, yes: bool) -> None:
    """List the deleted runs; with --empty remove them for good."""
    from ..format import size
    from ..runs import trash

    home = call.home()
    found = [one.path.name for one in trash.list_trash(home)]
    _, total = trash.weigh(home)
    runs = "1 run" if len(found) == 1 else f"{len(found)} runs"
    if empty and found and not yes and not confirmed(f"Remove {runs}, {size(total)}, for good?"):
        say("Nothing was removed.")
        return
    removed = trash.empty_trash(home) if empty else 0
    if call.json:
        print_json({"runs": [] if empty else found, "bytes": total, "removed": removed})
    elif empty:
        say(f"{removed} removed." if removed else "The trash is empty.")
    elif not found:
        say("The trash is empty.")
    else:
        for name in found:
            say(name)
        say(f"\n{size(total)}. Take one back: ttgpt-tui runs restore NAME")


COMMANDS = (rename, note, export, compare, restore, trash_command)
