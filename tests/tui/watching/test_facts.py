import os
from pathlib import Path

from written_run import WrittenRun

from ttgpt.engine import presets
from ttgpt.engine.config import ModelConfig
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.watching.facts import RunFacts, by_effort, describe_last_run, read_facts, shape_of


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    assert read_facts(tmp_path, RunFolder(tmp_path)) == RunFacts(is_read=True)


def test_a_run_without_its_text_still_has_a_shape(home: Path) -> None:
    run = WrittenRun(home)
    holder = f"process {os.getpid()}"
    shape = shape_of(ModelConfig())
    found = read_facts(home, run.folder)
    assert found == RunFacts(run.folder.config().model, holder=holder, is_read=True)
    assert found.shape == shape
    run.close()


def test_the_last_run_is_told_in_a_line(home: Path) -> None:
    assert describe_last_run(home) is None
    run = WrittenRun(home, "demo")
    run.vanish()
    (home / "runs" / "2999-01-01-000000-broken").mkdir()
    (home / "runs" / "2999-01-01-000000-broken" / "run.json").write_text("{")
    found = describe_last_run(home)
    assert found is not None
    assert (found[0].path, found[1]) == (run.folder.path, "last run: demo, crashed")
    run.close()


def test_presets_stand_in_the_order_of_what_they_compute_after_the_demo() -> None:
    order = [found.name for found in by_effort(presets.load(name) for name in presets.names())]
    assert order[0] == "demo"
    families = (("tiny", "small", "medium"), ("nano-trickster", "mini", "midi", "mega"))
    stages = [f"shakespeare-stage{stage}" for stage in (1, 2, 3, 4)]
    for family in (*families, stages):
        assert sorted(family, key=order.index) == list(family)
