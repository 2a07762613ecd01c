"""`ttgpt-tui data`: the texts to train on."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .call import Call, home_option, json_option, pass_call
from .output import fields, note, print_json, say, table

if TYPE_CHECKING:
    from ttgpt.engine.data.datasets import ListedSet, Meta


@click.group(invoke_without_command=True)
@home_option
@click.pass_context
def data(context: click.Context) -> None:
    """Prepare texts, and list what is prepared."""
    if context.invoked_subcommand is None:
        say(context.get_help())


@data.command("list")
@json_option
@home_option
@pass_call
def list_(call: Call) -> None:
    """List the prepared texts."""
    from ttgpt.engine.data.datasets import list_sets

    sets = list_sets(call.home())
    if call.json:
        print_json({"sets": [_document(one) for one in sets]})
    elif not sets:
        say("Nothing is prepared yet. `ttgpt-tui data prepare harbour` prepares the bundled text.")
    else:
        headers = ("set", "tokens", "vocab", "tokenizer", "source")
        for line in table(headers, [_row(one) for one in sets], right=("tokens", "vocab")):
            say(line)
    for one in sets:
        if one.problem:
            note(one.problem)


@data.command()
@click.argument("source")
@click.option("--name", help="Name of the prepared text. Default: made from the source's.")
@click.option(
    "--tokenizer",
    type=click.Choice(["char", "byte"]),
    default="char",
    show_default=True,
    help="What a token is.",
)
@click.option(
    "--val-fraction",
    type=float,
    default=0.1,
    show_default=True,
    help="Share of the text, at its end, held out for validation.",
)
@json_option
@home_option
@pass_call
def prepare(call: Call, source: str, name: str | None, tokenizer: str, val_fraction: float) -> None:
    """Prepare a text for training.

    SOURCE is a text file, or the name of a text that the program knows: harbour comes with it,
    tiny-shakespeare is fetched.
    """
    from ttgpt.engine.data.datasets import read_meta
    from ttgpt.engine.starting import prepare_data

    prepared = prepare_data(
        call.home(),
        source,
        name=name,
        tokenizer=tokenizer,
        val_fraction=val_fraction,
        say=note,
    )
    folder = Path(prepared["folder"])
    meta = read_meta(folder)
    if call.json:
        print_json(_meta(meta, folder))
        return
    for line in fields(_page(meta)):
        say(line)
    say(f"\nTrain on it: ttgpt-tui train PRESET --data {shlex.quote(meta.name)}")


def _page(meta: Meta) -> list[tuple[str, str]]:
    return [
        ("set", meta.name),
        ("characters", f"{meta.characters:,}"),
        ("tokens", f"{meta.train_tokens:,} to train, {meta.val_tokens:,} held out"),
        ("vocabulary", f"{meta.vocab_size:,} ({meta.tokenizer})"),
        ("loss by counts", f"{meta.unigram_loss:.2f} of tokens, {meta.bigram_loss:.2f} of pairs"),
    ]


def _row(one: ListedSet) -> tuple[str, ...]:
    if one.meta is None:
        return (one.name, "", "", "", "damaged")
    meta = one.meta
    tokens = f"{meta.train_tokens + meta.val_tokens:,}"
    return (one.name, tokens, f"{meta.vocab_size:,}", meta.tokenizer, meta.source)


def _document(one: ListedSet) -> dict[str, Any]:
    if one.meta is None:
        return {"name": one.name, "folder": str(one.folder), "problem": one.problem}
    return _meta(one.meta, one.folder)


def _meta(meta: Meta, folder: Path) -> dict[str, Any]:
    return {**dataclasses.asdict(meta), "folder": str(folder)}
