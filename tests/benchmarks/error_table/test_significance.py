import numpy as np
import pytest

from benchmarks.error_table.significance import mcnemar, wilson_interval


@pytest.mark.parametrize(
    ("wrong", "n", "low", "high"),
    [  # R. G. Newcombe, Statistics in Medicine 17, 857-872, 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval(wrong, n, low, high):
    assert wilson_interval(wrong / n, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_ends_where_shares_end():
    assert 0 <= wilson_interval(0, 20).low < 1e-12
    assert 1 - 1e-12 < wilson_interval(1, 20).high <= 1


def test_mcnemar_counts_what_only_one_gets_wrong():
    y = np.zeros(30, dtype=np.uint8)
    first, second = y.copy(), y.copy()
    first[:10] = 1
    second[10:12] = 1
    first[20:25] = 1
    second[20:25] = 2  # both are wrong, in different ways

    test = mcnemar(y, first, second)

    assert test[:2] == (10, 2)
    assert test.p == pytest.approx(2 * (1 + 12 + 66) / 2**12)
    assert mcnemar(y, second, first)[:2] == (2, 10)


def test_what_is_more_than_noise_has_no_p_of_0():
    y = np.zeros(3000, dtype=np.uint8)

    test = mcnemar(y, y, y + 1)

    assert test.p_text == "<1e-300"
    assert mcnemar(y[:4], y[:4], y[:4] + 1).p_text == "0.12"


def test_classifiers_that_err_together_do_not_differ():
    y = np.zeros(30, dtype=np.uint8)

    assert mcnemar(y, y + 1, y + 2) == (0, 0, 1.0)
