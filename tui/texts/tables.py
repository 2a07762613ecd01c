"""What is known of a text, as lines that need no widget of their own."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from ttgpt.engine.data.advice import BEST_TOKENS_PER_PARAMETER
from ttgpt.engine.data.analysis import CharacterCount, PresetFact

from ..format import count, grouped, ratio

_PRESET = 20
_NAMES = {" ": "blank", "\n": "line feed", "\t": "tab"}

ON_PRESETS = (
    f"Compute is spent best at about {BEST_TOKENS_PER_PARAMETER} tokens a parameter. With far "
    "fewer a model reads the text many times and learns it by heart: watch the validation loss."
)


def named(character: str) -> str:
    """Write a character, or its number where it would not be seen by itself."""
    stands_alone = character.isprintable() and cell_len(character) == 1
    if stands_alone and character.strip():
        return character
    return f"U+{ord(character[:1] or chr(0)):04X}"


def counted(characters: Sequence[CharacterCount], total: int, most: int) -> str:
    """Write characters with how often they occur; of many, the first ones.

    `total` counts them all: of very many not all are listed.
    """
    shown = [
        f"{_NAMES.get(one.character) or named(one.character)} {grouped(one.count)}"
        for one in characters[:most]
    ]
    more = [f"and {grouped(total - most)} more"] if len(characters) > most else []
    return "   ".join([*shown, *more])


def preset_table(presets: Sequence[PresetFact]) -> list[Content]:
    """Write what each preset would do with the text."""
    heading = f"{'preset':<{_PRESET}}{'parameters':>11}{'tokens/par.':>13}{'reads it':>11}"
    lines = [Content.styled(heading, "dim")]
    for one in presets:
        name = Content(one.name).truncate(_PRESET - 1, ellipsis=True)
        figures = f"{count(one.parameters):>11}{ratio(one.tokens_per_parameter):>13}"
        reads = f"{one.epochs:.1f} times"
        lines.append(
            Content.assemble(
                name.plain.ljust(_PRESET),
                figures,
                (f"  {one.problem}", "$warning") if one.problem else f"{reads:>11}",
            )
        )
    return lines
