"""What the playground keeps in the home folder: history, prompts, own values."""

import json
from array import array
from pathlib import Path

import pytest
from disk_faults import failing_sync
from saved_run import CHARACTERS

from ttgpt.engine.commands import Generate
from ttgpt.engine.data.speakers import speakers
from ttgpt.engine.data.tokenizer import CharTokenizer
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.tui.play.choices import Choice
from ttgpt.tui.play.history import FILE, Entry, read_history, recent_prompts, remember
from ttgpt.tui.play.presets import NEUTRAL, PRESETS, delete_own, load_own, name_of, save_own
from ttgpt.tui.play.prompts import forget_prompt, keep_prompt, offered_prompts
from ttgpt.tui.play.text import PlayText
from ttgpt.tui.sampling import Sampling

CHOICE = Choice(Path("runs/2026-x-stage2"), "stage2", 1750, (), 1.8, "runs/x/001750")


def entry(prompt: str, text: str = "What say you", **changes: object) -> Entry:
    command = Generate(prompt, CHOICE.checkpoint, seed=4711, **changes)  # type: ignore[arg-type]
    about = PlayText(CHOICE, command)
    return Entry.of(about, [text], now=1.8e9)


def test_the_history_gives_back_what_was_remembered_newest_first(home: Path) -> None:
    first = entry("ROMEO:\n", temperature=0.3, stop="\n\n", num_samples=2)
    second = entry("JULIET:", ids=(3, 4))
    remember(home, first)
    remember(home, second)
    assert read_history(home) == [second, first]
    assert first.command.seed == 4711


def test_an_entry_has_all_it_takes_to_write_it_again(home: Path) -> None:
    assert entry("R:", temperature=0.3, stop="\n\n").origin == (
        "2026-x-stage2, step 1,750, seed 4711\n"
        "temperature 0.30, top-k 40, top-p 1.00, length 300, stop '\\n\\n'"
    )
    fields = json.loads(json.dumps(entry("R:").to_json()))
    assert fields["command"]["prompt"] == "R:"
    assert fields["samples"] == ["What say you"]


def test_a_damaged_line_costs_no_other(home: Path) -> None:
    remember(home, entry("A"))
    with (home / FILE).open("ab") as file:
        file.write(b'{"torn\n[]\n{"command": 3}\n')
    remember(home, entry("B"))
    assert [found.command.prompt for found in read_history(home)] == ["B", "A"]


def test_all_words_must_be_in_an_entry() -> None:
    found = entry("ROMEO:\n", "What say you")
    assert found.fits("")
    assert found.fits("SAY romeo stage2 1,750")
    assert not found.fits("say mercutio")


def test_a_disk_that_refuses_is_an_error(home: Path) -> None:
    (home / FILE).mkdir()
    with pytest.raises(DataError, match="history cannot be written"):
        remember(home, entry("A"))
    with failing_sync(1), pytest.raises(DataError, match="prompts cannot be saved"):
        keep_prompt(home, "A")
    with failing_sync(1), pytest.raises(DataError, match="values cannot be saved"):
        save_own(home, "mine", Sampling())


def write_play(folder: Path, tokenizer: CharTokenizer = CHARACTERS, code: str = "H") -> None:
    folder.mkdir(parents=True)
    tokenizer.save(folder / "tokenizer.json")
    text = (
        "ANNA:\nYes.\n\nBEN:\nNo: I\nThis is no name:\n\nANNA:\nYes.\n\nBEN:\nNo.\n\nANNA:\nOh.\n"
    )
    tokens = array(code, tokenizer.encode(text))
    (folder / "train.bin").write_bytes(tokens.tobytes())


def test_who_speaks_often_is_offered_most_frequent_first(home: Path) -> None:
    write_play(home / "data" / "play")
    assert speakers(home / "data" / "play") == ["ANNA:", "BEN:"]
    assert speakers(home / "data" / "nowhere") == []


def test_speakers_are_found_where_tokens_take_four_bytes(home: Path) -> None:
    many = CharTokenizer(CHARACTERS.characters + "".join(map(chr, range(0x10000, 0x20000))))
    write_play(home / "data" / "play", many, "I")
    assert speakers(home / "data" / "play") == ["ANNA:", "BEN:"]


def test_prompts_are_own_then_recent_then_of_the_text_each_once(home: Path) -> None:
    write_play(home / "data" / "play")
    remember(home, entry("BEN:\n"))
    remember(home, entry("Once"))
    keep_prompt(home, "Mine\n")
    keep_prompt(home, "Once")
    offered = [(p.text, p.source) for p in offered_prompts(home, home / "data" / "play")]
    assert offered == [
        ("Once", "own"),
        ("Mine\n", "own"),
        ("BEN:\n", "recent"),
        ("ANNA:\n", "in the text"),
    ]
    forget_prompt(home, "Mine\n")
    assert [p.text for p in offered_prompts(home, None)] == ["Once", "BEN:\n"]
    (home / "prompts.json").write_text("{")
    assert [p.text for p in offered_prompts(home, None)] == ["Once", "BEN:\n"]


def test_recent_prompts_are_few() -> None:
    assert recent_prompts([entry(str(n % 3)) for n in range(9)], most=2) == ["0", "1"]


def test_own_values_are_kept_under_a_name_and_forgotten(home: Path) -> None:
    mine = Sampling(0.55, 7, 0.9, 1.1)
    own = save_own(home, " mine ", mine)
    assert load_own(home) == own
    assert (name_of(mine, own), name_of(mine, [])) == ("mine", "own values")
    assert name_of(NEUTRAL.sampling, own) == "neutral"
    assert save_own(home, "mine", Sampling(0.1))[0].sampling == Sampling(0.1)
    assert delete_own(home, "mine") == load_own(home) == []


@pytest.mark.parametrize("name", ["", "   ", "greedy", "a name that is too long"])
def test_a_name_that_cannot_be_one_is_refused(home: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        save_own(home, name, Sampling())


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"a": 3}', '{"a": {"temperature": "hot"}}', '{"a": {"heat": 1}}']
)
def test_damaged_own_values_are_left_out(home: Path, content: str) -> None:
    (home / "sampling.json").write_text(content)
    assert load_own(home) == []


def test_the_usual_values_are_those_of_the_field() -> None:
    found = {preset.name: preset.sampling.temperature for preset in PRESETS}
    assert found == {"greedy": 0, "careful": 0.3, "balanced": 0.8, "wild": 1.2, "neutral": 1}
