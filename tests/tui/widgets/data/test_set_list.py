from __future__ import annotations

from pathlib import Path

from prepared import write_set
from textual.app import App, ComposeResult

from ttgpt.tui.texts.shelf import Row, read_shelf
from ttgpt.tui.widgets.data.set_list import SetList


class Listing(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.marked: list[str] = []

    def compose(self) -> ComposeResult:
        yield SetList()

    def on_set_list_marked(self, message: SetList.Marked) -> None:
        self.marked.append(message.row.name if message.row else "")


def rows(app: App[None]) -> list[str]:
    listed = app.query_one(SetList)
    return [listed.render_line(y).text.rstrip() for y in range(listed.size.height)]


def sets(home: Path) -> tuple[Row, ...]:
    write_set(home, "harbour", 40)
    write_set(home, "keats", 4000)
    write_set(home, "zola", 400)
    (home / "data" / "zola" / "val.bin").write_bytes(b"")
    return read_shelf(home).rows


async def test_sets_are_listed_with_their_figures(home: Path) -> None:
    app = Listing()
    async with app.run_test(size=(40, 10)) as pilot:
        app.query_one(SetList).styles.height = 6
        await pilot.pause()
        app.query_one(SetList).show(sets(home))
        shown = rows(app)
        assert shown[0].split() == ["prepared", "sets", "tokens", "vocab"]
        assert shown[1].split()[:3] == ["▸", "harbour", "44"]
        assert shown[2].split()[:2] == ["keats", "4,400"]
        assert shown[3].split() == ["zola", "damaged"]


async def test_a_wide_list_tells_more(home: Path) -> None:
    app = Listing()
    async with app.run_test(size=(80, 10)) as pilot:
        app.query_one(SetList).styles.height = 6
        await pilot.pause()
        app.query_one(SetList).show(sets(home))
        assert rows(app)[0].split()[-3:] == ["tokenizer", "size", "runs"]
        assert "characters" in rows(app)[1]


async def test_the_mark_moves_scrolls_and_stays_with_its_set(home: Path) -> None:
    app = Listing()
    async with app.run_test(size=(40, 10)) as pilot:
        listed = app.query_one(SetList)
        listed.styles.height = 3
        await pilot.pause()
        found = sets(home)
        listed.show(found)
        listed.focus()
        await pilot.press("down", "down", "down")
        assert rows(app)[2].startswith("▸ zola")
        listed.show(found[1:])
        assert listed.marked is found[2]
        listed.show(found[:2])
        assert listed.marked is found[1]
        listed.show(found, "harbour")
        assert listed.marked is found[0]
        await pilot.pause()
        assert app.marked[-1] == "harbour"


async def test_an_empty_list_invites() -> None:
    app = Listing()
    async with app.run_test(size=(40, 10)) as pilot:
        listed = app.query_one(SetList)
        listed.styles.height = 4
        await pilot.pause()
        assert not listed.is_empty
        listed.show(())
        assert listed.is_empty
        assert "Enter prepares the bundled" in " ".join(rows(app))
