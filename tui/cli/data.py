"""`ttgpt-tui data`: the texts to train on; see `data_recipe` for making one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from .. import format as written
from .call import Call, home_option, with_call
from .confirm import confirmed
from .data_recipe import inspect, prepare
from .output import fields, note, print_json, say, table
from .set_document import document, figures

if TYPE_CHECKING:
    from ttgpt.engine.data.datasets import ListedSet, Use
    from ttgpt.engine.data.meta import Meta


@click.group(invoke_without_command=True)
@home_option
@click.pass_context
def data(context: click.Context) -> None:
    """Prepare texts, and list what is prepared."""
    if context.invoked_subcommand is None:
        say(context.get_help())


data.add_command(prepare)
data.add_command(inspect)


@data.command("list")
@with_call
def list_(call: Call) -> None:
    """List the prepared texts."""
    from ttgpt.engine.data.datasets import list_sets, uses

    home = call.home(to_write=False)
    sets, used = list_sets(home), uses(home)
    if call.json:
        print_json({"sets": [document(one, used.get(one.name, [])) for one in sets]})
    elif not sets:
        say("Nothing is prepared yet. `ttgpt-tui data prepare harbour` prepares the bundled text.")
    else:
        headers = ("set", "tokens", "vocab", "tokenizer", "size", "runs", "source")
        rows = [_row(one, len(used.get(one.name, []))) for one in sets]
        for line in table(headers, rows, right=("tokens", "vocab", "size", "runs")):
            say(line)
    for one in sets:
        if one.problem:
            note(one.problem)


@data.command()
@click.argument("name")
@with_call
def show(call: Call, name: str) -> None:
    """Show a prepared text: how it was made, who uses it.

    Some places of it are shown too.
    """
    from ttgpt.engine.data.datasets import find_listed, sample, used_by

    home = call.home(to_write=False)
    one = find_listed(home, name)
    used, places = used_by(home, name), [] if one.meta is None else sample(home, name)
    if call.json:
        print_json({**document(one, used), "samples": places})
        return
    for line in fields(_page(one, used)):
        say(line)
    for place in places:
        say(f"\n{'-' * 40}\n{place}")
    if one.problem:
        note(one.problem)


@data.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_call
def delete(call: Call, name: str, yes: bool) -> None:
    """Move a prepared text to the trash folder.

    This is refused while a run needs it.
    """
    from ttgpt.engine.data import datasets

    home = call.home()
    datasets.check_deletable(home, name)
    cost = datasets.cost_of_deleting(datasets.used_by(home, name))
    if not yes and not confirmed(f"{cost} Delete the data set {name}?".strip()):
        say("Nothing was deleted.")
        return
    kept = datasets.delete(home, name)
    if call.json:
        print_json({"name": name, "moved_to": str(kept)})
    else:
        say(f"The data set {name} is in {kept}; remove that folder to free its space.")
        if cost:
            say(cost)


def _row(one: ListedSet, runs: int) -> tuple[str, ...]:
    if one.meta is None:
        return (one.name, "", "", "", "", "", "damaged")
    meta = one.meta
    return (
        one.name,
        f"{meta.train_tokens + meta.val_tokens:,}",
        f"{meta.vocab_size:,}",
        meta.tokenizer,
        written.size(one.bytes),
        str(runs),
        meta.source,
    )


def _page(one: ListedSet, used: list[Use]) -> list[tuple[str, str]]:
    runs = ", ".join(f"{use.run} ({use.state})" for use in used)
    page = [("set", one.name), ("folder", str(one.folder)), ("size", written.size(one.bytes))]
    return page + (_told(one.meta) if one.meta else []) + [("runs", runs or "none")]


def _told(meta: Meta) -> list[tuple[str, str]]:
    return [
        ("source", meta.source),
        *figures(meta),
        ("SHA-256", meta.sha256),
        (
            "made with",
            ", ".join(f"{k} {v}" for k, v in dataclasses.asdict(meta.versions).items() if v),
        ),
    ]
