from textual.app import App, ComposeResult

from ttgpt.tui.widgets.choice_field import Choice, ChoiceField

KINDS = [Choice("char", "characters"), Choice("byte", "bytes"), Choice("bpe", "BPE")]


class Choosing(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def compose(self) -> ComposeResult:
        yield ChoiceField("tokenizer", KINDS, label_width=11)

    def on_choice_field_changed(self, message: ChoiceField.Changed) -> None:
        self.seen.append(message.field.value)


async def test_the_arrows_choose_and_go_round() -> None:
    app = Choosing()
    async with app.run_test() as pilot:
        field = app.query_one(ChoiceField)
        field.focus()
        await pilot.press("right", "space", "right", "left")
        await pilot.pause()
        assert app.seen == ["byte", "bpe", "char", "bpe"]
        assert field.render().plain == "tokenizer  ◂ BPE ▸"


async def test_what_was_chosen_stays_among_others() -> None:
    app = Choosing()
    async with app.run_test():
        field = app.query_one(ChoiceField)
        field.value = "bpe"
        field.set_choices(KINDS[1:])
        assert field.value == "bpe"
        field.set_choices(KINDS[:2])
        assert field.render().plain == "tokenizer  ◂ characters ▸"
