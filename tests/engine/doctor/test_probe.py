"""Children that hang, flood, crash, fork or lie: contained, and told apart. All are true ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import wait_for

from ttgpt.engine.doctor import probe

ANSWER = (
    "import os, json\n"
    "def answer(said): os.write(1, ('\\n@@PROBE %s %s\\n' % (os.environ['TTGPT_PROBE'],"
    " json.dumps(said))).encode())\n"
)


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., probe.Outcome]:
    def run(code: str, **options: object) -> probe.Outcome:
        settings = {"limit": 60.0, **options}
        return probe.run([sys.executable, "-Sc", ANSWER + code], {}, tmp_path, **settings)  # type: ignore[arg-type]

    return run


Ask = Callable[..., probe.Outcome]


def test_an_answer_is_taken_out_of_the_noise(ask: Ask) -> None:
    outcome = ask("print('noise', flush=True); answer({'chips': 2}); print('more')")
    assert (outcome.end, outcome.answer, outcome.trouble) == ("answered", {"chips": 2}, "")
    assert outcome.printed == "noise\n\nmore"


def test_a_line_without_the_word_is_no_answer(ask: Ask) -> None:
    outcome = ask("print('@@PROBE  {\"chips\": 9}')")
    assert (outcome.end, outcome.answer) == ("ended", {})


@pytest.mark.parametrize("said", ["[1]", "nonsense", "{"])
def test_an_answer_that_is_none_is_noise(ask: Ask, said: str) -> None:
    outcome = ask(f"print('@@PROBE', os.environ['TTGPT_PROBE'], {said!r})")
    assert (outcome.end, outcome.answer) == ("ended", {})


def test_one_that_hangs_is_ended(ask: Ask) -> None:
    outcome = ask("import time; time.sleep(1000)", limit=0.3)
    assert outcome.end == "late"
    assert outcome.status == -9


def test_one_that_answers_and_then_hangs_has_answered(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "_GRACE", 0.1)
    assert ask("import time; answer({'ok': 1}); time.sleep(1000)").answer == {"ok": 1}


def test_one_that_prints_megabytes_keeps_only_its_end(ask: Ask) -> None:
    outcome = ask("print('x' * 3_000_000); print('y\\n' * 500_000); answer({'ok': 1})")
    assert outcome.answer == {"ok": 1}
    assert len(outcome.printed) <= probe.KEPT


def test_one_that_prints_for_ever_is_ended(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "FLOOD", 2**20)
    outcome = ask("while True: print('x' * 10_000)")
    assert (outcome.end, outcome.trouble) == ("flooded", "prints without end")


def test_one_that_crashes_is_told_by_its_signal(ask: Ask) -> None:
    outcome = ask("os.kill(os.getpid(), 11)")
    assert outcome.trouble == "crashed (SIGSEGV)"


def test_one_that_aborts_after_its_answer_has_answered(ask: Ask) -> None:
    outcome = ask("answer({'ok': 1}); os.abort()")
    assert (outcome.end, outcome.status) == ("answered", -6)


def test_one_that_ends_at_once_is_told_by_its_status(ask: Ask) -> None:
    assert ask("os._exit(7)").trouble == "ended with status 7"


def test_what_one_forked_ends_with_it(ask: Ask) -> None:
    # The grandchild keeps the pipe open; nobody waits for that.
    outcome = ask(
        "import time\n"
        "child = os.fork()\n"
        "if not child: time.sleep(1000)\n"
        "answer({'child': child}); os._exit(0)"
    )
    grandchild = outcome.answer["child"]
    wait_for("the grandchild's end", lambda: not _lives(grandchild))


@pytest.mark.parametrize("is_another_program", [False, True])
def test_what_left_its_session_ends_with_it(ask: Ask, is_another_program: bool) -> None:
    another = "os.execv(sys.executable, [sys.executable, '-S', '-c', code])"
    outcome = ask(
        "import sys\n"
        "ready, told = os.pipe()\n"
        "os.set_inheritable(told, True)\n"
        "code = f\"import os, time; os.write({told}, b'x'); time.sleep(1000)\"\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os.setsid()\n"
        f"    {another if is_another_program else 'exec(code)'}\n"
        "os.read(ready, 1)\n"
        "answer({'child': child}); os._exit(0)"
    )
    grandchild = outcome.answer["child"]
    wait_for("the grandchild's end", lambda: not _lives(grandchild))


def _lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def test_one_that_closes_its_output_is_still_waited_for(ask: Ask) -> None:
    outcome = ask("os.close(1); os.close(2); import time; time.sleep(0.2); os._exit(5)")
    assert outcome.status == 5


def test_one_that_nobody_waits_for_is_ended(ask: Ask) -> None:
    assert ask("import time; time.sleep(1000)", dropped=lambda: True).end == "dropped"


def test_one_that_cannot_be_started(tmp_path: Path) -> None:
    outcome = probe.run(["/nonexistent/python"], {}, tmp_path, limit=1.0)
    assert (outcome.end, outcome.trouble) == ("missing", "cannot be started")


def test_its_session_is_its_own_and_its_stdin_is_closed(ask: Ask) -> None:
    outcome = ask(
        "import sys; answer({'session': os.getsid(0), 'pid': os.getpid(), 'in': sys.stdin.read()})"
    )
    assert outcome.answer["session"] == outcome.answer["pid"] != os.getsid(0)
    assert outcome.answer["in"] == ""


def test_no_file_beside_the_child_hides_one_of_pythons_own() -> None:
    names = {path.stem for path in Path(probe.CHILD).parent.iterdir()}
    assert names.isdisjoint(sys.stdlib_module_names)


def test_the_child_says_what_it_cannot_import(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(tmp_path)}
    (tmp_path / "ttnn.py").write_text("raise SystemExit('no thanks')")
    command = [sys.executable, "-S", probe.CHILD, "ttnn"]
    outcome = probe.run(command, environment, tmp_path, limit=60.0)
    assert outcome.answer == {"error": ["SystemExit", "no thanks"]}
    assert outcome.status == 0
