import pytest

from ttgpt.engine.data.recipe import Cleaning, Recipe
from ttgpt.engine.errors import UsageError
from ttgpt.tui.texts.form import Form, switches, words_of


def test_an_untouched_form_is_the_default_recipe() -> None:
    assert Form(sources=("harbour",)).recipe() == Recipe()


def test_every_field_reaches_the_recipe() -> None:
    positions = {key: 1 for key, _, _ in switches()}
    form = Form(
        sources=("a.txt", "b.txt"),
        tokenizer="bpe",
        vocab_size=1024,
        encoding="latin-1",
        percent_held_out=5,
        held_out_file="b.txt",
        positions={**positions, "unicode": 2, "drop_rare": 2},
        min_paragraph=20,
        max_paragraph=900,
    )
    assert form.recipe() == Recipe(
        sources=("a.txt", "b.txt"),
        tokenizer="bpe",
        vocab_size=1024,
        encoding="latin-1",
        val_fraction=0.05,
        split="file",
        held_out_file="b.txt",
        drop_rare=5,
        cleaning=Cleaning(
            gutenberg=True,
            line_ends=True,
            unicode="NFKC",
            control_characters=True,
            metadata_lines=True,
            blank_lines=True,
            min_paragraph=20,
            max_paragraph=900,
            repeats=True,
        ),
    )


def test_every_step_has_a_switch_or_a_number() -> None:
    named = {key for key, _, about in switches() if about}
    numbers = {"min_paragraph", "max_paragraph"}
    assert named | numbers == {*vars(Cleaning()), "drop_rare"}
    assert words_of("blank_lines") == "blanks"
    assert words_of("min_paragraph") == "min paragraph"


def test_the_keys_input_is_no_source() -> None:
    with pytest.raises(UsageError, match="standard input"):
        Form(sources=("-",)).recipe()


def test_a_value_out_of_range_is_named() -> None:
    with pytest.raises(UsageError, match="val_fraction"):
        Form(sources=("harbour",), percent_held_out=80).recipe()
