import prepared
from textual.app import App, ComposeResult

from ttgpt.engine.data.analysis import Analysis, Bin, CharacterCount, Paragraphs
from ttgpt.tui.widgets.data.text_figures import TextFigures


class Showing(App[None]):
    def compose(self) -> ComposeResult:
        yield TextFigures()


async def shown(found: Analysis, size: tuple[int, int], doing: str = "") -> list[str]:
    app = Showing()
    async with app.run_test(size=size) as pilot:
        figures = app.query_one(TextFigures)
        figures.styles.height = size[1]
        await pilot.pause()
        figures.show("keats.txt", found, "char")
        if doing:
            figures.tell("keats.txt", doing)
        return [figures.render_line(y).text.rstrip() for y in range(size[1])]


async def test_the_figures_of_a_text() -> None:
    assert await shown(prepared.analysis(), (39, 10)) == [
        "keats.txt",
        "487,312 characters   11,204 lines",
        "92 distinct  rare ½ æ Æ † …  5 once",
        "paragraphs  median 212   95 % 1,480",
        "▁▁▁▄▄▄███▇▇▇▅▅▅▄▄▄▃▃▃▂▂▂▂▂▂▁▁▁▁▁▁   ▁▁▁",
        "       ▴ block 256",
        "guessing 4.52  letters 3.31  pairs 2.47",
        "held out 48.7 k  0.0 % in training too",
        "",
        "Of rived came fit",
    ]


async def test_what_is_being_done_stands_beside_the_name() -> None:
    assert (await shown(prepared.analysis(), (39, 10), "counting 40 %"))[0] == (
        "keats.txt  counting 40 %"
    )


async def test_a_tall_place_shows_the_presets() -> None:
    text = "\n".join(await shown(prepared.analysis(), (60, 30)))
    assert "213 k          2.1  4.9 times" in text


async def test_a_character_that_cannot_be_seen_is_named_by_its_number() -> None:
    rare = tuple(CharacterCount(character=c, count=9) for c in ("\u00a0", "\u202e", "\x07"))
    lines = await shown(prepared.analysis(rare=rare, once=0), (50, 10))
    assert lines[2] == "92 distinct  rare U+00A0 U+202E U+0007"


async def test_a_text_without_paragraphs_has_no_plot() -> None:
    none = Paragraphs(count=0, median=0, p95=0, longest=0, histogram=())
    lines = await shown(prepared.analysis(paragraphs=none), (50, 10))
    assert lines[4].startswith("guessing")


async def test_a_block_beyond_the_plot_is_marked_at_its_end() -> None:
    bins = tuple(Bin(low=at, high=at + 1, count=1) for at in range(20))
    told = Paragraphs(count=20, median=9, p95=19, longest=19, histogram=bins)
    lines = await shown(prepared.analysis(paragraphs=told), (20, 10))
    assert lines[5].endswith("block 256 ▴")


async def test_figures_move_together_before_one_of_them_is_cut() -> None:
    found = prepared.analysis(
        is_estimate=True, overlap_is_estimate=True, overlap=1.0, val_tokens=10_000_000
    )
    lines = await shown(found, (39, 10))
    assert lines[6:8] == [
        "guessing 4.52 letters ≈3.31 pairs ≈2.47",
        "held out ≈10.0 M ≈100 % in training too",
    ]
