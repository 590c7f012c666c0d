"""Where chance comes from while a network is built."""

import random
import threading

import numpy as np
import pytest

from skcnn._engine.seeding import global_generators_seeded


def draw():
    return random.random(), np.random.random()


def test_global_generators_are_seeded():
    with global_generators_seeded(7):
        first = draw()
    with global_generators_seeded(7):
        second = draw()
    with global_generators_seeded(8):
        third = draw()

    assert first == second
    assert first != third


def test_global_generators_are_restored_even_after_an_error():
    random.seed(1)
    np.random.seed(1)
    expected = draw()
    random.seed(1)
    np.random.seed(1)

    def fail():
        with global_generators_seeded(7):
            draw()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert draw() == expected


def test_only_one_thread_is_seeded_at_a_time():
    results = []

    def work():
        for _ in range(200):
            with global_generators_seeded(7):
                results.append((draw(), draw()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 800
    assert len(set(results)) == 1
