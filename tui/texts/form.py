"""From what stands in the form to a recipe, and the words of its switches."""

from __future__ import annotations

from dataclasses import dataclass, field

from ttgpt.engine.config import help_of
from ttgpt.engine.data.recipe import STDIN, Cleaning, Recipe
from ttgpt.engine.errors import UsageError

_SWITCHES = {
    "line_ends": ("line ends", "line ends"),
    "gutenberg": ("Gutenberg", "Gutenberg"),
    "blank_lines": ("blanks", "blanks"),
    "repeats": ("repeats", "repeats"),
    "metadata_lines": ("metadata", "metadata"),
    "control_characters": ("controls", "controls"),
    "unicode": ("Unicode", "NFC", "NFKC"),
    "drop_rare": ("rare", "seen once", "up to 5"),
}
"""What stands beside each box; the first is off. `drop_rare` is a step like the others here."""

_UNICODE = ("", "NFC", "NFKC")
_DROP_RARE = (0, 1, 5)


@dataclass(frozen=True)
class Form:
    """What a person entered."""

    sources: tuple[str, ...] = ()
    tokenizer: str = "char"
    vocab_size: int = 4096
    encoding: str = "utf-8"
    text_field: str = "text"
    percent_held_out: float = 10.0
    held_out_file: str = ""
    """A source to hold out as a whole; empty holds out the text's end."""
    positions: dict[str, int] = field(default_factory=dict)
    """Where each switch stands; 0 is off."""
    min_paragraph: int = 0
    max_paragraph: int = 0

    def recipe(self) -> Recipe:
        """Give the recipe.

        Raises:
            UsageError: A value does not fit.
        """
        if STDIN in self.sources:
            raise UsageError(
                "- is the standard input.",
                "Here the keys come from there.",
                "Pipe it into `ttgpt-tui data prepare -`.",
            )
        return Recipe.from_dict(
            {
                "sources": self.sources,
                "encoding": self.encoding,
                "text_field": self.text_field,
                "tokenizer": self.tokenizer,
                "vocab_size": self.vocab_size,
                "val_fraction": self.percent_held_out / 100,
                "split": "file" if self.held_out_file else "position",
                "held_out_file": self.held_out_file,
                "drop_rare": _DROP_RARE[self.positions.get("drop_rare", 0)],
                "cleaning": self._cleaning(),
            }
        )

    def _cleaning(self) -> dict[str, object]:
        on = {key: bool(at) for key, at in self.positions.items() if key != "drop_rare"}
        return {
            **on,
            "unicode": _UNICODE[self.positions.get("unicode", 0)],
            "min_paragraph": self.min_paragraph,
            "max_paragraph": self.max_paragraph,
        }


def switches() -> list[tuple[str, tuple[str, ...], str]]:
    """Give each switch: its field's name, its words in each position, its sentence of help."""
    return [(name, words, _about(name)) for name, words in _SWITCHES.items()]


def _about(name: str) -> str:
    return help_of(Recipe if name == "drop_rare" else Cleaning, name)


def words_of(step: str) -> str:
    """Name a step that changes the text."""
    return _SWITCHES[step][0] if step in _SWITCHES else step.replace("_", " ")
