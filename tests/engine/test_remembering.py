"""What is remembered of features, and what is forgotten."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skcnn._engine.remembering import Memory


class Network:
    """Twice the mean of each channel, and a note of how many samples it has seen."""

    def __init__(self):
        self.seen = 0

    def __call__(self, samples):
        self.seen += len(samples)
        return samples.reshape(len(samples), -1)[:, :2].astype(np.float32) * 2


@pytest.fixture
def samples():
    return np.arange(24, dtype=np.uint8).reshape(6, 2, 2)


def test_a_sample_passes_once_wherever_it_stands(samples):
    memory, network = Memory(10**6), Network()
    expected = Network()(samples)

    assert_array_equal(memory.recall(b"a", samples[[4, 1]], network), expected[[4, 1]])
    assert_array_equal(memory.recall(b"a", samples, network), expected)
    assert_array_equal(memory.recall(b"a", samples[::-1], network), expected[::-1])
    assert network.seen == 6


def test_networks_dtypes_and_shapes_are_told_apart(samples):
    memory, network = Memory(10**6), Network()
    memory.recall(b"a", samples, network)

    for name, others in [
        (b"b", samples),
        (b"a", samples.view(np.int8)),
        (b"a", samples.reshape(6, 4, 1)),
        (b"a", samples + 100),
    ]:
        before = network.seen
        memory.recall(name, others, network)
        assert network.seen == before + 6


def test_what_was_used_least_recently_goes_first(samples):
    memory, network = Memory(room=4 * 8), Network()  # of rows of two float32
    memory.recall(b"a", samples[:4], network)
    memory.recall(b"a", samples[:1], network)
    memory.recall(b"a", samples[4:5], network)

    assert len(memory) == 4
    memory.recall(b"a", samples[:1], network)
    assert network.seen == 5
    memory.recall(b"a", samples[1:2], network)
    assert network.seen == 6


def test_what_is_larger_than_the_room_is_given_and_not_kept(samples):
    memory, network = Memory(room=4), Network()

    assert_array_equal(memory.recall(b"a", samples, network), Network()(samples))
    assert len(memory) == 0


def test_what_is_given_may_be_written_to(samples):
    memory, network = Memory(10**6), Network()
    memory.recall(b"a", samples, network)[:] = 7
    given = memory.recall(b"a", samples, network)
    given[:] = 7

    assert_array_equal(memory.recall(b"a", samples, network), Network()(samples))


def test_all_is_forgotten(samples):
    memory, network = Memory(10**6), Network()
    memory.recall(b"a", samples, network)
    memory.clear()
    memory.recall(b"a", samples, network)

    assert network.seen == 12
