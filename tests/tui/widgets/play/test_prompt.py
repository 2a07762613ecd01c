from collections.abc import AsyncIterator

import pytest
from saved_run import CHARACTERS
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from ttgpt.engine.data.tokenizer import ByteTokenizer
from ttgpt.tui.play.choices import Vocabulary
from ttgpt.tui.widgets.play.prompt import Prompt
from ttgpt.tui.widgets.play.prompt_area import PromptArea


class Asked(App[None]):
    CSS = "Prompt { width: 30; }"
    BINDINGS = [("enter", "begin", "begin"), ("n", "letter", "letter")]

    def __init__(self, text: str = "", *, ascii_only: bool = False) -> None:
        super().__init__()
        self.prompt = Prompt(text, ascii_only=ascii_only)
        self.begun = 0
        self.changes = 0

    def compose(self) -> ComposeResult:
        yield self.prompt

    def on_prompt_changed(self) -> None:
        self.changes += 1

    def action_begin(self) -> None:
        self.begun += 1


@pytest.fixture
async def pilot() -> AsyncIterator[Pilot[None]]:
    async with Asked().run_test(size=(60, 12)) as pilot:
        yield pilot


def app_of(pilot: Pilot[None]) -> Asked:
    assert isinstance(pilot.app, Asked)
    return pilot.app


def heading(pilot: Pilot[None]) -> str:
    return str(app_of(pilot).prompt.children[0].render())


def note(pilot: Pilot[None]) -> str:
    shown = pilot.app.query_one(".prompt--note")
    return str(shown.render()) if shown.display else ""


async def test_enter_is_left_to_the_parent(pilot: Pilot[None]) -> None:
    await pilot.press("R", "O", "enter")
    assert (app_of(pilot).prompt.text, app_of(pilot).begun) == ("RO", 1)


async def test_letters_are_text_here(pilot: Pilot[None]) -> None:
    await pilot.press("n")
    assert app_of(pilot).prompt.text == "n"
    assert "n" not in pilot.app.screen.active_bindings


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ([*"a", "backslash", *"nb"], "a\nb"),
        (["a", "ctrl+j", "b"], "a\nb"),
        (["backslash", "backslash", *"nb"], "\\nb"),
        (["backslash", "t"], "\\t"),
        (["backslash", "n", "backslash", "n"], "\n\n"),
        ([*"abn", "left", "backslash", "n"], "ab\nn"),
    ],
)
async def test_a_line_end_can_be_typed(pilot: Pilot[None], keys: list[str], text: str) -> None:
    await pilot.press(*keys)
    assert app_of(pilot).prompt.text == text
    assert app_of(pilot).begun == 0


async def test_a_pasted_text_is_taken_as_it_is(pilot: Pilot[None]) -> None:
    pilot.app.post_message(events.Paste("a\\n\nb"))
    await pilot.pause()
    assert app_of(pilot).prompt.text == "a\\n\nb"


async def test_line_ends_are_seen(pilot: Pilot[None]) -> None:
    app_of(pilot).prompt.text = "ROMEO:\n"
    area = pilot.app.query_one(PromptArea)
    assert [area.get_line(row).plain for row in range(2)] == ["ROMEO:↵", ""]


async def test_control_characters_are_seen_and_ascii_is_ascii() -> None:
    async with Asked("a\x1b[2J\nb", ascii_only=True).run_test(size=(60, 12)) as pilot:
        area = pilot.app.query_one(PromptArea)
        assert area.get_line(0).plain == "a␛[2J"


async def test_the_length_is_in_characters_until_the_vocabulary_is_known(
    pilot: Pilot[None],
) -> None:
    app_of(pilot).prompt.text = "ROMEO:\n"
    await pilot.pause()
    assert heading(pilot) == f"prompt{'7 characters':>24}"
    app_of(pilot).prompt.set_vocabulary(Vocabulary(CHARACTERS, 64, "", "", 0, None))
    assert heading(pilot) == f"prompt{'7/64':>24}"


async def test_the_length_is_in_tokens(pilot: Pilot[None]) -> None:
    app_of(pilot).prompt.set_vocabulary(Vocabulary(ByteTokenizer(), 64, "", "", 0, None))
    app_of(pilot).prompt.text = "é½"
    await pilot.pause()
    assert heading(pilot).endswith(" 4/64")
    assert note(pilot) == ""


async def test_unknown_characters_are_named_once(pilot: Pilot[None]) -> None:
    prompt = app_of(pilot).prompt
    prompt.set_vocabulary(Vocabulary(CHARACTERS, 64, "", "", 0, None))
    prompt.text = "Zoë ½ \x1b ë"
    await pilot.pause()
    assert prompt.unknown == ["ë", "½", "\x1b"]
    assert note(pilot) == "never seen in training: ë ½ ␛"
    assert heading(pilot).endswith(" 5/64")
    prompt.text = "Zo"
    await pilot.pause()
    assert (prompt.unknown, note(pilot)) == ([], "")


async def test_of_many_unknown_characters_the_first_are_named(pilot: Pilot[None]) -> None:
    app_of(pilot).prompt.set_vocabulary(Vocabulary(CHARACTERS, 64, "", "", 0, None))
    app_of(pilot).prompt.text = "0123456789"
    await pilot.pause()
    assert note(pilot) == "never seen in training: 0 1 2 3 4 5 6 7 and 2 more"


async def test_more_than_it_can_look_back_on_is_said(pilot: Pilot[None]) -> None:
    app_of(pilot).prompt.set_vocabulary(Vocabulary(CHARACTERS, 8, "", "", 0, None))
    app_of(pilot).prompt.text = "ABCDEFGHI"
    await pilot.pause()
    assert heading(pilot).endswith(" 9/8")
    assert note(pilot) == "it reads only the last 8"


async def test_a_change_is_told(pilot: Pilot[None]) -> None:
    await pilot.press("a", "b")
    assert app_of(pilot).changes == 2


async def test_the_cursor_does_not_blink(pilot: Pilot[None]) -> None:
    assert not pilot.app.query_one(PromptArea).cursor_blink
