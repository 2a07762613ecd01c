"""`ttgpt-tui presets`: the configurations to start from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from .call import Call, with_call
from .output import print_json, say, table

if TYPE_CHECKING:
    from ttgpt.engine.presets import Preset


@click.group(invoke_without_command=True)
@with_call
@click.pass_context
def presets(context: click.Context, call: Call) -> None:
    """List the presets to start from."""
    if context.invoked_subcommand is None:
        from ttgpt.engine import own_presets
        from ttgpt.engine.presets import load, names

        found = [load(name) for name in names()]
        own = own_presets.load_all(call.home(to_write=False))
        if call.json:
            print_json({"presets": [_summary(preset) for preset in [*found, *own]]})
            return
        rows = [(preset.name, preset.headline) for preset in found]
        rows += [(preset.name, f"mine: {preset.headline}") for preset in own]
        for line in table(("preset", "what it is"), rows):
            say(line)
        say("\n`ttgpt-tui presets show NAME` tells more, `ttgpt-tui train NAME` trains it.")


@presets.command()
@click.argument("name")
@with_call
def show(call: Call, name: str) -> None:
    """Show a preset: what to expect of it, and every value.

    NAME is a preset's name, or the path of a preset file of your own.
    """
    from ttgpt.engine import own_presets

    preset = own_presets.find(call.home(to_write=False), name)
    if call.json:
        print_json({**_summary(preset), "config": preset.config.to_dict()})
        return
    for text in (f"{preset.name}: {preset.title}", preset.summary, preset.expect):
        say(click.wrap_text(text.strip(), width=88) + "\n")
    for line in _on_cards(preset):
        say(line)
    say(_settings(preset))


def _summary(preset: Preset) -> dict[str, Any]:
    shown = ("name", "title", "summary", "expect")
    return {name: getattr(preset, name).strip() for name in shown}


def _on_cards(preset: Preset) -> Iterator[str]:
    """Say how it is laid out on each board, boards that share a layout on one line."""
    if preset.on_card:
        yield click.wrap_text(preset.on_card.strip(), width=88) + "\n"
    for how in dict.fromkeys(preset.cards.values()):
        yield f"{', '.join(name for name in preset.cards if preset.cards[name] == how)}: {how}"
    if preset.cards:
        yield "These are estimates; `ttgpt-tui train NAME --try` measures.\n"


def _settings(preset: Preset) -> str:
    import yaml

    return yaml.safe_dump(preset.config.to_dict(), sort_keys=False, allow_unicode=True).rstrip()
