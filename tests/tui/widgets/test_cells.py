from ttgpt.tui.widgets.cells import Cells


def test_neighbours_of_one_style_are_one_run() -> None:
    cells = Cells(6, 1)
    cells.write(0, 0, "aa", "dim")
    cells.write(2, 0, "bb", "bold")
    (line,) = cells.lines()
    assert line.plain == "aabb  "
    assert [(span.start, span.end) for span in line.spans if span.style] == [(0, 2), (2, 4)]


def test_what_is_there_stays_over_what_comes_under() -> None:
    cells = Cells(3, 1)
    cells.put(1, 0, "x")
    for x in range(-1, 5):
        cells.put_under(x, 0, "-")
    cells.put(9, 9, "y")
    assert [line.plain for line in cells.lines()] == ["-x-"]


def test_only_what_is_inside_and_empty_is_blank() -> None:
    cells = Cells(4, 1)
    cells.put(3, 0, "x")
    assert cells.is_blank(0, 0, 3)
    assert not cells.is_blank(1, 0, 3)
    assert not cells.is_blank(-1, 0, 2)
    assert not cells.is_blank(0, 1, 1)
