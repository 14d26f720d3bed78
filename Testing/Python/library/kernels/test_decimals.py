import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosepainting_hrs.kernels.decimals import parse_decimals

POWERS = np.array([float(10**power) for power in range(23)])


def parsed(text: str) -> list[float] | None:
    content = text.encode()
    values = np.full(content.count(b"\\") + 1, np.nan)
    count = parse_decimals(np.frombuffer(content, dtype=np.uint8), POWERS, values)
    return None if count < 0 else values[:count].tolist()


plain = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "-", "+", " ", "  -"]),
    st.from_regex(r"\A([0-9]{1,8}\.?[0-9]{0,7}|\.[0-9]{1,15})\Z"),
    st.sampled_from(["", " "]),
)


@given(st.lists(plain, min_size=1, max_size=12))
def test_every_number_is_the_one_that_python_reads(texts: list[str]) -> None:
    assert parsed("\\".join(texts)) == [float(text) for text in texts]


def test_halves_of_the_last_digit_are_rounded_correctly() -> None:
    """Numbers whose nearest doubles lie close together: 15 digits, all decimals."""
    texts = ["0.10000000000000", "123456789.012345", "-999999999999999", ".00000000000001"]
    assert parsed("\\".join(texts)) == [0.1, 123456789.012345, -999999999999999.0, 1e-14]


def test_padding_of_the_element_does_not_count() -> None:
    assert parsed("1\\2\\3 ") == [1.0, 2.0, 3.0]
    assert parsed("1\\2\\3\0") == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "text", ["", " ", "1\\\\2", "1 2", "1.2.3", "-", ".", "--1", "1-", "x", "1e5", "1,5", "1234567890123456"]
)
def test_leaves_everything_else_to_a_slower_reader(text: str) -> None:
    assert parsed(text) is None
