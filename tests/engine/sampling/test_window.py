from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.sampling.window import seen


@given(st.integers(1, 40), st.integers(0, 80), st.integers(2, 20))
def test_it_counts_as_a_decoder_does(prompt: int, drawn: int, block: int) -> None:
    length = min(prompt, block)
    for _ in range(drawn):
        length = block // 2 if length == block else length + 1
    assert seen(prompt, drawn, block) == length
