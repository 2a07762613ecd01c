"""From a file to a set and back to nothing, by keys alone, with the true engine behind them."""

from __future__ import annotations

from pathlib import Path

import pytest
from piloting import FAST, text_of, until, until_shown
from textual.pilot import Pilot

from ttgpt.engine.data.meta import verify
from ttgpt.engine.data.tokenizer import Tokenizer
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.widgets.choice_field import ChoiceField
from ttgpt.tui.widgets.data.source_field import SourceField
from ttgpt.tui.widgets.switches import Switches

VERSES = [f"Verse {n}: my heart aches, and a drowsy numbness\r\n" for n in range(400)]


async def press_until(pilot: Pilot[None], key: str, kind: type) -> None:
    """Press a key until a widget of a kind has the focus."""
    for _ in range(12):
        if isinstance(pilot.app.focused, kind):
            return
        await pilot.press(key)
        await pilot.pause()
    raise AssertionError(f"{key} does not lead to {kind.__name__}")


async def test_keys_alone_make_a_set(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odes.txt").write_bytes("".join(VERSES).encode())
    monkeypatch.chdir(tmp_path)
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until_shown(pilot, "201,673 characters")  # the bundled text stands there at first
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.focused, SourceField))
        await pilot.press(*["backspace"] * len("harbour"), *"od")
        await until_shown(pilot, "odes.txt")
        await pilot.press("tab", "enter")
        await until_shown(pilot, f"{sum(map(len, VERSES)):,} characters")
        await until(pilot, lambda: isinstance(app.focused, ChoiceField))
        await pilot.press("right")
        await until_shown(pilot, "◂ bytes ▸")
        await press_until(pilot, "tab", Switches)
        await until_shown(pilot, "would change 400 line ends")
        await pilot.press("space")
        await until_shown(pilot, "[x] line ends")
        await press_until(pilot, "tab", ChoiceField)  # round to the beginning, past the name
        await pilot.press("enter")
        await until_shown(pilot, "odes-byte is prepared")
        await until_shown(pilot, "▸ odes-byte")
        await until_shown(pilot, "Verse 0: my heart aches")

        made = home / "data" / "odes-byte"
        meta = verify(made)
        assert (meta.tokenizer, meta.recipe.cleaning.line_ends) == ("byte", True)
        tokens = (made / "train.bin").read_bytes()[::2] + (made / "val.bin").read_bytes()[::2]
        text = "".join(VERSES).replace("\r\n", "\n")
        assert Tokenizer.load(made / "tokenizer.json").decode(tokens) == text

        await pilot.press("x")
        await until_shown(pilot, "Delete odes-byte?")
        await pilot.press("enter")
        await until_shown(pilot, "None yet.")
        assert "odes-byte was moved to the trash." in text_of(app)
    assert not made.exists()
