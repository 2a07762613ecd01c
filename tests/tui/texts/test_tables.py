import prepared

from ttgpt.engine.data.analysis import CharacterCount, PresetFact
from ttgpt.tui.texts.tables import counted, preset_table

FOUND = [("\n", 8), (" ", 1_200), ("\u202e", 3), ("e", 2), ("漢", 1)]
CHARACTERS = [CharacterCount(character=character, count=count) for character, count in FOUND]


def test_characters_are_written_with_their_counts() -> None:
    assert counted(CHARACTERS[:2], 2, 9) == "line feed 8   blank 1,200"
    assert counted(CHARACTERS[2:], 3, 2) == "U+202E 3   e 2   and 1 more"
    assert counted(CHARACTERS[2:], 9_000, 2) == "U+202E 3   e 2   and 8,998 more"
    assert counted([], 0, 9) == ""


def test_presets_are_written_below_each_other() -> None:
    heading, first, *_ = preset_table(prepared.analysis().presets)
    assert len(heading.plain) == len(first.plain)
    assert first.plain.split() == ["demo", "213", "k", "2.1", "4.9", "times"]


def test_a_preset_that_does_not_fit_says_why() -> None:
    fact = PresetFact(
        name="a-preset-with-a-long-name",
        parameters=213_000,
        block_size=64,
        tokens_per_parameter=0.1,
        epochs=1.0,
        problem="a part is too short",
    )
    line = preset_table([fact])[1].plain
    assert line.startswith("a-preset-with-a-lo… ")
    assert line.endswith("  a part is too short")
