"""The Doctor screen in the whole app, on hosts that are written in `doctor_scenes`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import doctor_scenes as hosts
import pytest
from doctor_scenes import (
    ANN,
    BLOCKED,
    HEALTHY,
    N150,
    NO_CARD,
    WrittenSource,
    finding,
    with_findings,
)
from piloting import FAST, text_of, until, until_shown
from textual.pilot import Pilot

from ttgpt.engine.doctor.cards import Card
from ttgpt.engine.doctor.finding import Finding
from ttgpt.engine.doctor.pythons import Python
from ttgpt.engine.doctor.reset import Reset
from ttgpt.engine.errors import EnvironmentNotReady, UsageError
from ttgpt.engine.worker_settings import UNSET
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.doctor.background import Cancel, Post
from ttgpt.tui.doctor.news import CardsRead, ResetDone
from ttgpt.tui.doctor.source import Source
from ttgpt.tui.doctor.words import about_to_set
from ttgpt.tui.doctor.worker_draft import WorkerDraft
from ttgpt.tui.screens import examining
from ttgpt.tui.screens.dialogs import Confirm, ErrorDialog
from ttgpt.tui.screens.doctor import DoctorScreen
from ttgpt.tui.screens.worker_form import WorkerForm
from ttgpt.tui.settings import Settings, apply_settings, load_settings
from ttgpt.tui.widgets.doctor.cards_panel import CardsPanel
from ttgpt.tui.widgets.doctor.finding_detail import FindingDetail
from ttgpt.tui.widgets.doctor.finding_list import FindingList
from ttgpt.tui.widgets.labelled_input import LabelledInput

Make = Callable[..., WrittenSource]


@pytest.fixture
def host(home: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Put a written doctor in the place of the true one."""

    def make(findings: list[Finding], cards: tuple[Card, ...] = ()) -> WrittenSource:
        source = WrittenSource(home, findings, cards)
        hosts.put_in(monkeypatch, source)
        return source

    return make


async def opened(pilot: Pilot[None], words: str) -> str:
    """Go to the screen and wait until its checks have answered."""
    await pilot.press("1")
    await until_shown(pilot, words)
    screen = pilot.app.screen
    assert isinstance(screen, DoctorScreen)
    await until(pilot, lambda: not screen._is_busy and screen._headline)
    await pilot.pause()
    return text_of(pilot.app)


def marked(app: TtgptApp) -> str:
    row = app.screen.query_one(FindingList).marked
    return row.id if row else ""


async def test_what_blocks_is_marked_and_shown_in_full(home: Path, host: Make) -> None:
    host(BLOCKED, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await opened(pilot, "No training on a card yet: 1 thing blocks.")
        assert "1 BLOCK   1 warn   14 ok   1 skip" in shown
        assert "▸           BLOCK no permission on /dev/tenstorrent/0" in shown
        assert "card      ok    1 Wormhole on the bus (0000:01:00.0)  +2" in shown
        for words in ("why    The device node", "next   Install", "run    sudo udev", "seen   crw"):
            assert words in shown


async def test_without_a_card_it_says_what_that_means(home: Path, host: Make) -> None:
    host(NO_CARD)
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        shown = await opened(pilot, "No Tenstorrent card here. CPU training is ready.")
        assert "Training runs on the CPU with PyTorch, only slower." in shown
        assert "all else works. Press 3 and take the demo." in shown
        assert "deep check" not in shown
        assert not pilot.app.screen.query_one(CardsPanel).display
        await pilot.resize_terminal(60, 18)
        await until(pilot, lambda: "Press 3" not in text_of(pilot.app))
        assert "Training runs on the CPU with PyTorch, only slower." in text_of(pilot.app)


@pytest.mark.parametrize(
    ("findings", "backend", "words"),
    [
        (NO_CARD, "ttml", "The settings insist on the card (ttml)"),
        (HEALTHY, "torch", "The settings choose torch, so the card is left alone"),
    ],
)
async def test_a_backend_in_the_settings_that_goes_its_own_way_is_told(
    home: Path, host: Make, findings: list[Finding], backend: str, words: str
) -> None:
    apply_settings(home, {"backend": backend})
    host(findings)
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        shown = await opened(pilot, words)
        assert "Press 3" not in shown


async def test_a_start_that_this_host_cannot_do_leads_here(
    home: Path, host: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise hosts.PERMISSION.as_error()

    monkeypatch.setattr("ttgpt.engine.runs.starting.start_run", refuse)
    host(BLOCKED, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "Demo")
        await pilot.press("enter")
        await until_shown(pilot, "No permission on /dev/tenstorrent/0.")
        assert "1 ask the Doctor" in text_of(app)
        await pilot.press("1")
        await until_shown(pilot, "BLOCK no permission on /dev/tenstorrent/0")
        app.show_error(EnvironmentNotReady("The card is in use."))
        await until_shown(pilot, "The card is in use.")
        assert "ask the Doctor" not in text_of(app)


async def test_other_errors_do_not_lead_here(home: Path, host: Make) -> None:
    host(BLOCKED, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "Nothing was trained yet")
        app.show_error(UsageError("There is no preset of this name."))
        await until_shown(pilot, "There is no preset")
        assert "ask the Doctor" not in text_of(app)
        await pilot.press("1")
        await pilot.pause()
        assert isinstance(app.screen, ErrorDialog)


async def test_a_finished_check_shows_while_others_run(home: Path, host: Make) -> None:
    source = host(BLOCKED, (N150,))
    source.holds_back = {"software.ttnn"}
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("1")
        shown = await until_shown(pilot, "16 of 17 checks have answered")
        assert "runs  Does ttnn load?" in shown
        assert "BLOCK no permission" in shown
        assert "Esc stop" in shown
        source.go_on.set()
        await until_shown(pilot, "ok    ttnn 0.62.2 loads")
        await until_shown(pilot, "1 thing blocks")


async def test_stopped_checks_are_told_as_such(home: Path, host: Make) -> None:
    source = host(HEALTHY, (N150,))
    source.holds_back = {"software.ttnn"}
    async with TtgptApp(home, FAST).run_test(size=(80, 40)) as pilot:
        await pilot.press("1")
        await until_shown(pilot, "16 of 17")
        await pilot.press("escape")
        shown = await until_shown(pilot, "Stopped: 16 of 17")
        assert "?     Does ttnn load?" in shown
        source.go_on.set()
        await pilot.press("R")
        await until_shown(pilot, "This host can train on its card.")


async def test_the_mark_follows_what_is_worst_until_it_is_moved(home: Path, host: Make) -> None:
    source = host(with_findings(hosts.RUNTIME_ROOT, hosts.PERMISSION), (N150,))
    source.holds_back = {"card.permission"}
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("1")
        await until(pilot, lambda: marked(app) == "software.runtime_root")
        source.go_on.set()
        await until(pilot, lambda: marked(app) == "card.permission")
        await pilot.press("down")
        await pilot.press("r")
        await until(pilot, lambda: len(source.asked) == 2)
        assert marked(app) == "card.firmware"


async def test_one_check_runs_again_alone(home: Path, host: Make) -> None:
    source = host(BLOCKED, (N150,))
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        await opened(pilot, "1 thing blocks")
        source.answers["card.permission"] = finding("card.permission", "pass", "may be opened")
        await pilot.press("r")
        await until_shown(pilot, "This host can train on its card.")
        assert source.asked == [(None, False), (["card.permission"], False)]


async def test_the_command_is_kept_in_a_file_and_offered(home: Path, host: Make) -> None:
    host(BLOCKED, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "1 thing blocks")
        await pilot.press("y")
        shown = await until_shown(pilot, "Saved in")
        assert "offered" in shown
        kept = (home / "doctor" / "command.txt").read_text("utf-8")
        assert kept == "sudo udevadm control --reload && sudo udevadm trigger\n"
        assert app.clipboard == kept.strip()


async def test_what_comes_when_the_app_closes_is_dropped(home: Path, host: Make) -> None:
    host(BLOCKED, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "No training on a card yet")
        screen = app.screen
        assert isinstance(screen, DoctorScreen)
        await screen.remove_children()
        screen.on_cards_read(CardsRead([], 0.0))
        screen.on_reset_done(ResetDone(BLOCKED[0]))
        await screen._keep(lambda: home, "Report saved in {}.").wait()


async def test_the_report_is_written_and_its_place_said(home: Path, host: Make) -> None:
    host(HEALTHY, (N150,))
    async with TtgptApp(home, FAST).run_test(size=(120, 24)) as pilot:
        await opened(pilot, "This host can train")
        assert "copy command" not in text_of(pilot.app)
        await pilot.press("w")
        await until_shown(pilot, "Report saved in")
        (report,) = (home / "doctor").glob("report-*.txt")
        assert "host.system pass" in report.read_text("utf-8")
        await pilot.press("R")
        await until_shown(pilot, "17 ok")


async def test_a_refusing_disk_is_told(home: Path, host: Make) -> None:
    host(BLOCKED, (N150,))
    (home / "doctor").write_text("in the way")
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        await opened(pilot, "1 thing blocks")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ErrorDialog))


async def test_the_deep_check_asks_first(home: Path, host: Make) -> None:
    source = host(HEALTHY, (N150,))
    source.answers["card.open"] = finding("card.open", "pass", "the card opens")
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 40)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("d")
        await until_shown(pilot, "Open the card?")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DoctorScreen))
        assert len(source.asked) == 1
        await pilot.press("d")
        await until_shown(pilot, "Open the card?")
        await pilot.press("enter")
        await until_shown(pilot, "the card opens")
        assert source.asked[1:] == [(None, True)]
        await until(pilot, lambda: not app.screen._is_busy)  # type: ignore[attr-defined]
        await pilot.press("end")
        while marked(app) != "card.open":
            await pilot.press("up")
        await pilot.press("r")
        await until_shown(pilot, "Open the card?")
        await pilot.press("enter")
        await until(pilot, lambda: len(source.asked) == 3)
        assert source.asked[2] == (["card.open"], True)


async def test_the_deep_check_names_who_holds_the_card(home: Path, host: Make) -> None:
    source = host(HEALTHY, (replace(N150, holders=(ANN,)),))
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("d")
        await until_shown(pilot, "The card is in use")
        assert "pid 4711 of ann: python train_nanogpt.py" in text_of(pilot.app)
        assert len(source.asked) == 1


async def test_apply_shows_then_saves_just_that(home: Path, host: Make) -> None:
    source = host(with_findings(hosts.RUNTIME_ROOT), (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "This host can train")
        await until(pilot, lambda: marked(app) == "software.runtime_root")
        await pilot.press("a")
        await until_shown(pilot, "worker.env.TT_METAL_RUNTIME_ROOT: /opt/tt-metal")
        assert not (home / "settings.yaml").exists()
        await pilot.press("enter")
        await until(pilot, lambda: len(source.asked) == 2)
        assert source.asked[1] == (["software.runtime_root"], False)
        saved = load_settings(home)
        assert saved.worker.env == {"TT_METAL_RUNTIME_ROOT": "/opt/tt-metal"}
        assert app.settings.worker == saved.worker


async def test_nothing_is_applied_that_was_not_confirmed(home: Path, host: Make) -> None:
    source = host(with_findings(hosts.RUNTIME_ROOT), (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "This host can train")
        await until(pilot, lambda: marked(app) == "software.runtime_root")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DoctorScreen))
        await pilot.pause()
        assert len(source.asked) == 1
        assert not (home / "settings.yaml").exists()


async def test_a_reset_says_what_will_run_and_looks_afterwards(home: Path, host: Make) -> None:
    source = host(HEALTHY, (N150,))
    source.holds_back = {"reset"}
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 40)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("x")
        await until_shown(pilot, "tt-smi -r 0")
        assert source.resets == 0
        await pilot.press("enter")
        await until_shown(pilot, "waiting for the device node, 2 s")
        await pilot.press("q")
        await until_shown(pilot, "A card is being reset.")
        await pilot.press("escape")
        source.go_on.set()
        await until(pilot, lambda: len(source.asked) == 2)
        await until_shown(pilot, "This host can train")
        assert source.resets == 1


async def test_a_reset_is_refused_while_somebody_holds_the_card(home: Path, host: Make) -> None:
    source = host(HEALTHY, (N150,))
    source.refused = hosts.held()
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("x")
        await until_shown(pilot, "The card is in use.")
        assert source.resets == 0


async def test_the_list_folds_what_needs_no_look(home: Path, host: Make) -> None:
    host(BLOCKED, (N150,))
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        shown = await opened(pilot, "1 thing blocks")
        assert "1 skip   f lists each" in shown
        assert "TT_METAL_RUNTIME_ROOT is not set" in shown
        assert "firmware 18.8.0" not in shown
        await pilot.press("f")
        shown = await until_shown(pilot, "firmware 18.8.0")
        assert "1 skip   f lists them too" in shown
        assert "needs the device node" not in shown
        await pilot.press("f")
        await until_shown(pilot, "needs the device node")
        await pilot.press("down")
        await pilot.press("f")
        await until_shown(pilot, "1 skip   f lists each")
        await until(pilot, lambda: marked(pilot.app) == "card.bus")


async def test_a_tall_screen_lists_each_answer(home: Path, host: Make) -> None:
    host(BLOCKED, (N150,))
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        assert "firmware 18.8.0" not in await opened(pilot, "1 thing blocks")
        await pilot.resize_terminal(80, 40)
        await until_shown(pilot, "firmware 18.8.0")


async def test_a_finding_can_be_read_whole(home: Path, host: Make) -> None:
    evidence = "\n".join(f"line {number}" for number in range(40))
    host(with_findings(replace(hosts.PERMISSION, evidence=evidence)), (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await opened(pilot, "1 thing blocks")
        assert "more lines, Enter" in shown
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.focused, FindingDetail))
        assert "line 39" not in text_of(app)
        await pilot.press("end")
        await until_shown(pilot, "line 39")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.focused, FindingList))
        assert "nobody holds the card" in text_of(app)


async def test_cards_take_the_room_on_request(home: Path, host: Make) -> None:
    host(hosts.MANY_FINDINGS, tuple(hosts.MANY))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "1 thing blocks")
        await pilot.press("c")
        shown = await until_shown(pilot, "32 cards")
        assert "pid 4711 of ann: python train_nanogpt.py" in shown
        assert "0000:20:00.0" not in shown
        await pilot.press("end")
        await until_shown(pilot, "0000:20:00.0")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, FindingList))


async def test_where_all_is_well_the_cards_are_in_sight(home: Path, host: Make) -> None:
    source = host(HEALTHY, tuple(hosts.MANY))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await opened(pilot, "This host can train")
        assert "32 cards" in shown
        assert "pid 4711 of ann" in shown
        await pilot.press("c")
        await until_shown(pilot, "0000:0d:00.0")
        await pilot.press("c")
        source.answers["card.permission"] = hosts.PERMISSION
        await pilot.press("R")
        await until_shown(pilot, "1 thing blocks")
        await until(pilot, lambda: "32 cards" not in text_of(app))


async def test_cards_are_looked_at_only_while_they_are_in_sight(
    home: Path, host: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "_LOOK_AT_CARDS", 0.01)
    source = host(HEALTHY, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 40)) as pilot:
        assert source.looks == 0
        await opened(pilot, "This host can train")
        await until(pilot, lambda: source.looks > 3)
        await until_shown(pilot, "moving")
        screen = app.screen
        assert isinstance(screen, DoctorScreen)
        await pilot.press("3")
        await until(pilot, lambda: app.screen is not screen)
        await until(pilot, lambda: not screen._look.is_busy)
        seen = source.looks
        for _ in range(5):
            await pilot.pause(0.02)
        assert source.looks == seen
        await pilot.press("1")
        await until(pilot, lambda: source.looks > seen)


async def test_a_card_that_goes_takes_its_keys_along(
    home: Path, host: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "_LOOK_AT_CARDS", 0.01)
    source = host(HEALTHY, (N150,))
    async with TtgptApp(home, FAST).run_test(size=(80, 40)) as pilot:
        await opened(pilot, "1 card")
        await pilot.press("c")
        await until_shown(pilot, "Esc back")
        source.cards = []
        await until(pilot, lambda: "deep check" not in text_of(pilot.app))
        await until(pilot, lambda: isinstance(pilot.app.focused, FindingList))


async def test_the_glyphs_are_chosen_by_eye(home: Path, host: Make) -> None:
    host(HEALTHY, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("m")
        await until_shown(pilot, "Can you see these three?")
        await pilot.press("down", "enter")
        await until_shown(pilot, "Saved: block glyphs")
        assert load_settings(home).marker == "block"
        assert app.settings.marker == "block"


async def test_glyphs_can_be_tried_where_all_else_is_in_ascii(home: Path, host: Make) -> None:
    host(HEALTHY, (N150,))
    async with TtgptApp(home, Settings(marker="ascii", repaint_rate=30)).run_test() as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("m")
        shown = await until_shown(pilot, "\N{BRAILLE PATTERN DOTS-14}" * 2)
        assert "\N{UPPER HALF BLOCK}" * 5 in shown
        assert "\N{BOX DRAWINGS LIGHT HORIZONTAL}" not in shown


async def test_the_worker_s_environment_is_shown_and_changed(home: Path, host: Make) -> None:
    source = host(HEALTHY, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("e")
        shown = await until_shown(pilot, "What the worker is started with")
        assert "found by itself  /opt/tt-metal/python_env/bin/python" in shown
        assert "wormhole_b0" in shown
        assert "computed" in shown
        assert "saved" in shown
        await pilot.press("tab", "tab", "tab", "down", "end", *"_x")
        await until_shown(pilot, "wormhole_b0_x")
        await until_shown(pilot, "changed")
        await pilot.press("enter")
        await until(pilot, lambda: len(source.asked) == 2)
        assert load_settings(home).worker.env == {"TT_METAL_ARCH_NAME": "wormhole_b0_x"}


async def test_what_computes_is_chosen_beside_the_environment(home: Path, host: Make) -> None:
    source = host(NO_CARD)
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "No Tenstorrent card here.")
        await pilot.press("e")
        await until_shown(pilot, "> auto")
        await pilot.press("down", "enter")
        await until(pilot, lambda: len(source.asked) == 2)
        assert load_settings(home).backend == "torch"


async def test_what_was_typed_into_the_form_is_not_dropped_unasked(home: Path, host: Make) -> None:
    host(HEALTHY, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, WorkerForm))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DoctorScreen))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, WorkerForm))
        await pilot.press("tab", "tab", *"/no/such", "enter")
        await until_shown(pilot, "There is no program at /no/such.")
        await pilot.press("escape", "escape")
        await until_shown(pilot, "Leave without saving?")
        await pilot.press("escape")
        await until_shown(pilot, "/no/such")
        await pilot.press("escape")
        await until_shown(pilot, "Leave without saving?")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DoctorScreen))
        assert not (home / "settings.yaml").exists()


@pytest.mark.parametrize("key", ["x", "e"])
async def test_settings_that_cannot_be_read_are_told_and_end_nothing(
    home: Path, key: str, host: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = host(HEALTHY, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "This host can train")
        for name in ("plan_reset", "worker_draft"):
            monkeypatch.setattr(source, name, getattr(Source(home), name))
        (home / "settings.yaml").write_text("worker: [1")
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, ErrorDialog))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DoctorScreen))


async def test_settings_that_break_meanwhile_take_the_place_of_the_verdict(
    home: Path, host: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = host(HEALTHY, (N150,))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(250, 24)) as pilot:
        await opened(pilot, "This host can train")
        (home / "settings.yaml").write_text("worker: [1")
        with monkeypatch.context() as patched:
            patched.setattr(source, "examine", Source(home).examine)
            await pilot.press("R")
            shown = await until_shown(pilot, "settings.yaml cannot be read.")
            assert "This host can train" not in shown
            assert isinstance(app.screen, DoctorScreen)
        (home / "settings.yaml").unlink()
        await until(pilot, lambda: not app.screen._is_busy)  # type: ignore[attr-defined]
        await pilot.press("R")
        await until_shown(pilot, "This host can train")


def test_the_cards_are_looked_at_whatever_the_settings_say(home: Path) -> None:
    (home / "settings.yaml").write_text("worker: [1")
    assert isinstance(Source(home).look_at_cards(), CardsRead)


async def test_what_a_reset_came_to_stays_for_one_pass(
    home: Path, host: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = host(HEALTHY, (N150,))
    hung = Finding("card.reset", "card", "blocks", "Are they back?", "fail", "a card stays hung")

    def reset(post: Post, cancel: Cancel, plan: Reset) -> None:
        post(ResetDone(hung))

    monkeypatch.setattr(source, "reset", reset)
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 40)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await until_shown(pilot, "1 thing blocks")
        assert "BLOCK a card stays hung" in text_of(app)
        await pilot.press("R")
        shown = await until_shown(pilot, "This host can train")
        assert "a card stays hung" not in shown


async def test_what_the_deep_check_found_is_not_kept_over_the_next_pass(
    home: Path, host: Make
) -> None:
    source = host(HEALTHY, (N150,))
    source.answers["card.open"] = finding("card.open", "fail", "the card does not open")
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 40)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("d")
        await until_shown(pilot, "Open the card?")
        await pilot.press("enter")
        await until_shown(pilot, "1 thing blocks")
        await pilot.press("R")
        shown = await until_shown(pilot, "This host can train")
        assert "the card does not open" not in shown


def test_a_variable_that_will_be_taken_from_the_worker_is_told_as_such() -> None:
    said = about_to_set({"worker.env.X": UNSET, "worker.env.Y": "", "worker.env.Z": "1"})
    lines = said.splitlines()[:3]
    assert lines[0] == "worker.env.X: (the worker does not get it)"
    assert lines[1:] == ["worker.env.Y: (taken out)", "worker.env.Z: 1"]


async def test_an_interpreter_is_chosen_or_typed(home: Path, host: Make, tmp_path: Path) -> None:
    mine = str(tmp_path / "python")
    Path(mine).symlink_to(sys.executable)
    apply_settings(home, {"worker.python": mine})
    source = host(HEALTHY, (N150,))
    draft = source.worker_draft()
    pythons = [Python(sys.executable, "this program's")]

    def drafted() -> WorkerDraft:
        return replace(draft, python=load_settings(home).worker.python, pythons=pythons)

    source.worker_draft = drafted  # type: ignore[method-assign]
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot, "This host can train")
        await pilot.press("e")
        await until_shown(pilot, "> another")
        assert app.screen.query_one("#page").query(LabelledInput).first().value == mine
        await pilot.press("tab", "up", "enter")
        await until(pilot, lambda: len(source.asked) == 2)
        assert load_settings(home).worker.python == sys.executable
        await opened_again(pilot)
        await pilot.press("tab", "tab", *mine)
        await until_shown(pilot, "> another")
        await pilot.press("enter")
        await until(pilot, lambda: len(source.asked) == 3)
        assert load_settings(home).worker.python == mine


async def opened_again(pilot: Pilot[None]) -> None:
    await until_shown(pilot, "This host can train")
    await pilot.press("e")
    await until_shown(pilot, "What the worker is started with")


async def test_a_list_that_would_not_fit_a_tall_screen_is_folded(home: Path, host: Make) -> None:
    host(BLOCKED, hosts.MANY)
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(120, 32)) as pilot:
        await opened(pilot, "1 thing blocks")
        await until_shown(pilot, "32 cards")
        shown = await until_shown(pilot, "f lists each")
        assert "TT_METAL_RUNTIME_ROOT is not set" in shown
