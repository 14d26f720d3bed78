from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dosepainting_hrs.kernels.decimal_text import write_decimals


def written(numbers: list[int]) -> tuple[str, list[int]]:
    text, ends = np.zeros(21 * len(numbers), dtype=np.uint8), np.full(len(numbers) + 1, -1, dtype=np.int64)
    write_decimals(np.array(numbers, dtype=np.int64), text, ends)
    return text[: ends[-1]].tobytes().decode(), ends.tolist()


def twin(number: int) -> str:
    whole, fraction = divmod(abs(number), 10000)
    return f"{'-' * (number < 0)}{whole}.{fraction:04d}".rstrip("0").rstrip(".")


@given(st.lists(st.one_of(st.integers(-(10**15), 10**15), st.integers(-20000, 20000)), min_size=1, max_size=9))
def test_each_number_is_written_as_python_writes_it(numbers: list[int]) -> None:
    text, ends = written(numbers)
    assert text == "".join(twin(number) + "\\" for number in numbers)
    assert [text[a:b] for a, b in pairwise(ends)] == [twin(number) + "\\" for number in numbers]


def test_by_hand() -> None:
    numbers = [0, 5, -5, 10, 123456, -1200000, 99999, 100000, -3]
    assert written(numbers)[0] == r"0\0.0005\-0.0005\0.001\12.3456\-120\9.9999\10\-0.0003" + "\\"
