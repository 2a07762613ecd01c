"""`ttgpt-tui data prepare` and `data inspect`: a recipe on the command line."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .call import Call, with_call
from .output import fields, note, print_json, say
from .progress_line import ProgressLine
from .set_document import document, figures

if TYPE_CHECKING:
    from ttgpt.engine.data.recipe import Recipe

F = TypeVar("F", bound=Callable[..., Any])

_CLEANING = (
    "gutenberg",
    "line_ends",
    "unicode",
    "control_characters",
    "metadata_lines",
    "blank_lines",
    "min_paragraph",
    "max_paragraph",
    "repeats",
)
# Written out, not made from the recipe's fields: help must not load the engine. A test compares.
_OPTIONS = [
    click.option(
        "--tokenizer",
        type=click.Choice(["char", "byte", "bpe", "gpt2"]),
        default="char",
        show_default=True,
        help="What a token is.",
    ),
    click.option(
        "--vocab-size", type=int, default=4096, show_default=True, help="Tokens that bpe makes."
    ),
    click.option(
        "--tokenizer-files",
        metavar="DIR",
        default="",
        help="Folder with GPT-2's vocab.json and merges.txt. Default: the usual places.",
    ),
    click.option(
        "--val-fraction",
        type=float,
        default=0.1,
        show_default=True,
        help="Share of the text held out for validation.",
    ),
    click.option(
        "--split",
        type=click.Choice(["position", "file"]),
        default="position",
        show_default=True,
        help="Hold out the end of the text, or a whole file.",
    ),
    click.option(
        "--held-out-file",
        metavar="FILE",
        default="",
        help="The file to hold out. Default: the one whose share comes nearest --val-fraction.",
    ),
    click.option(
        "--text-field",
        default="text",
        show_default=True,
        help="Field of a .jsonl file's objects that holds the text.",
    ),
    click.option(
        "--encoding",
        type=click.Choice(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]),
        default="utf-8",
        show_default=True,
        help="How the files write characters as bytes.",
    ),
    click.option("--gutenberg", is_flag=True, help="Take out Project Gutenberg's head and foot."),
    click.option("--line-ends", is_flag=True, help="Make every line end a line feed."),
    click.option(
        "--unicode",
        type=click.Choice(["NFC", "NFKC"]),
        default=None,
        help="Write equal characters in one way.",
    ),
    click.option("--control-characters", is_flag=True, help="Take out control characters."),
    click.option("--metadata-lines", is_flag=True, help="Take out lines that tell of the text."),
    click.option("--blank-lines", is_flag=True, help="Make runs of blank lines one."),
    click.option(
        "--min-paragraph", type=int, default=0, metavar="N", help="Take out shorter paragraphs."
    ),
    click.option(
        "--max-paragraph", type=int, default=0, metavar="N", help="Take out longer paragraphs."
    ),
    click.option("--repeats", is_flag=True, help="Keep only the first of equal paragraphs."),
    click.option(
        "--drop-rare",
        type=int,
        default=0,
        metavar="N",
        help="Take out characters that occur N times or less.",
    ),
]


def _recipe_options(command: F) -> F:
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.argument("source", nargs=-1, required=True)(command)


@click.command()
@_recipe_options
@click.option("--name", help="Name of the prepared text. Default: made from the source's.")
@with_call
def prepare(call: Call, /, name: str | None, **given: Any) -> None:
    """Prepare texts for training.

    SOURCE is a text file, a folder, a pattern, - for standard input, or the name of a text that
    the program knows: harbour comes with it, tiny-shakespeare is fetched. Several follow one
    another. Nothing is changed in a text unless a switch asks for it.
    """
    from ttgpt.engine.data import asking

    recipe, home = _recipe(given), call.home()
    with ProgressLine() as line:
        answer = asking.prepare(home, recipe, name, say=line)
    if call.json:
        left_out = [dataclasses.asdict(one) for one in answer.left_out]
        made = document(answer.listed, [])
        print_json({**made, "is_new": answer.is_new, "left_out": left_out})
        return
    for told in fields([("set", answer.meta.name), *figures(answer.meta)]):
        say(told)
    for one in answer.left_out:
        note(f"left out  {one.path}: {one.reason}")
    if not answer.is_new:
        say("\nThese texts and settings were prepared before; nothing was done.")
    say(f"\nTrain on it: ttgpt-tui train PRESET --data {shlex.quote(answer.meta.name)}")


@click.command()
@_recipe_options
@with_call
def inspect(call: Call, /, **given: Any) -> None:
    """Look at texts before anything is written.

    Statistics, tokenizers, cleaning and advice are shown. SOURCE and the options are those of
    `data prepare`.
    """
    from ttgpt.engine.data import asking

    from .data_page import lines

    recipe, home = _recipe(given), call.home()
    with ProgressLine() as line:
        analysis = asking.analyse(home, recipe, say=line)
    if call.json:
        print_json(analysis.to_dict())
        return
    for told in lines(analysis):
        say(told)


def _recipe(given: dict[str, Any]) -> Recipe:
    from ttgpt.engine.data.recipe import Recipe

    cleaning = {step: given.pop(step) or 0 for step in _CLEANING}
    cleaning["unicode"] = cleaning["unicode"] or ""
    return Recipe.from_dict({"sources": given.pop("source"), **given, "cleaning": cleaning})
