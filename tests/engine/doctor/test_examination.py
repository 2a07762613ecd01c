"""How checks are run: side by side, given up in time, ended with the caller's interest."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from hosts import no_card

from ttgpt.engine.doctor import CHECKS, Host
from ttgpt.engine.doctor.check import Answer, Check, passed
from ttgpt.engine.doctor.examination import run_checks
from ttgpt.engine.doctor.finding import Level
from ttgpt.engine.doctor.visit import Visit
from ttgpt.engine.errors import EnvironmentNotReady


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return no_card(tmp_path).host()


def test_a_finished_check_does_not_wait_for_a_slow_one(host: Host) -> None:
    go = threading.Event()

    def slow(visit: Visit) -> Answer:
        go.wait(60)
        return passed("slow")

    checks = [
        Check("host.slow", "warns", "Slow?", slow, limit=60.0),
        Check("host.quick", "warns", "Quick?", lambda visit: passed("quick")),
    ]
    found = run_checks(checks, host)
    assert next(found).what == "quick"
    go.set()
    assert [finding.what for finding in found] == ["slow"]


@pytest.mark.parametrize(("level", "status"), [("blocks", "fail"), ("warns", "warn")])
def test_one_that_never_answers_is_given_up_and_not_called_ready(
    host: Host, level: str, status: str
) -> None:
    never = threading.Event()
    check = Check("host.stuck", level, "Stuck?", lambda visit: passed(str(never.wait())), limit=0.1)  # type: ignore[arg-type]
    (finding,) = run_checks([check], host)
    assert (finding.status, finding.what) == (status, "no answer in 0 s: stuck?")
    never.set()


@pytest.mark.parametrize(("level", "status"), [("blocks", "fail"), ("warns", "warn")])
def test_one_that_is_broken_says_so_and_harms_no_other(
    host: Host, level: Level, status: str
) -> None:
    def broken(visit: Visit) -> Answer:
        raise KeyError("oops")

    checks = [
        Check("host.broken", level, "Broken?", broken),
        Check("host.well", "blocks", "Well?", lambda visit: passed("well")),
    ]
    found = {finding.id: finding for finding in run_checks(checks, host)}
    assert found["host.broken"].status == status
    assert "KeyError: 'oops'" in found["host.broken"].evidence
    assert found["host.well"].status == "pass"


def test_an_error_that_was_written_for_people_is_taken_as_it_is(host: Host) -> None:
    def refuses(visit: Visit) -> Answer:
        raise EnvironmentNotReady("It is not there.", "Somebody took it.", "Put it back.")

    (finding,) = run_checks([Check("host.x", "blocks", "There?", refuses)], host)
    assert finding.blocks
    assert (finding.what, finding.next_step) == ("It is not there", "Put it back.")
    error = finding.as_error()
    assert (error.what, error.exit_code) == ("It is not there.", 3)


def test_what_several_ask_is_made_once(host: Host) -> None:
    made = []

    def costly(visit: Visit) -> int:
        made.append(1)
        return len(made)

    def look(visit: Visit) -> Answer:
        return passed(str(visit.once(costly)))

    checks = [Check(f"host.{n}", "warns", "How many?", look) for n in range(20)]
    assert {finding.what for finding in run_checks(checks, host)} == {"1"}


def test_leaving_ends_the_children(host: Host) -> None:
    ended = threading.Event()

    def asks(visit: Visit) -> Answer:
        outcome = visit.run([sys.executable, "-Sc", "import time; time.sleep(1000)"], {}, 600.0)
        ended.set()
        return passed(outcome.end)

    checks = [
        Check("host.child", "warns", "Child?", asks, limit=600.0),
        Check("host.quick", "warns", "Quick?", lambda visit: passed("quick")),
    ]
    found = run_checks(checks, host)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert ended.wait(60)


def test_cancel_yields_nothing_more(host: Host) -> None:
    assert list(run_checks(list(CHECKS.values()), host, cancel=lambda: True)) == []


def test_a_host_without_a_temporary_folder_is_examined_too(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryDirectory", full)
    (finding,) = run_checks([CHECKS["software.python"]], host)
    assert finding.status == "pass"
