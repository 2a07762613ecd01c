"""`ttgpt-tui` itself: what it does without a command, and the list of commands."""

from __future__ import annotations

import click

from .attach import attach
from .call import Call, home_option, pass_call
from .data import data
from .doctor import doctor
from .generate import generate
from .presets import presets
from .runs import runs
from .train import train

PROGRAM = "ttgpt-tui"

EPILOG = """\b
Examples:
  ttgpt-tui                          open the app
  ttgpt-tui doctor                   can this host train
  ttgpt-tui train demo               train a first model
  ttgpt-tui generate demo            let it write
"""


@click.group(
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name=PROGRAM, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.option(
    "--start", metavar="PRESET", help="Open the app and train PRESET, unless a run is live."
)
@home_option
@pass_call
@click.pass_context
def cli(context: click.Context, call: Call, start: str | None) -> None:
    """Train small GPTs from scratch and play with them in the terminal.

    Without a command the app opens, and shows the live run if there is one. Training goes on when
    the app or the connection ends.
    """
    if context.invoked_subcommand is None:
        from .entry import open_or_tell

        open_or_tell(call.home(), start)


for command in (train, generate, runs, attach, data, presets, doctor):
    cli.add_command(command)
