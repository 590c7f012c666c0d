"""A training that ends in time: how many steps it will have, by the pace of those so far."""

from __future__ import annotations

import math
from collections.abc import Iterator
from time import perf_counter
from typing import NamedTuple

_LOOKS = 50  # at the clock, in a training
_UNTIMED = 2  # parts in which programs are compiled
_TIMED_FIRST = 4  # steps of the part that tells the pace at first
_NEWS = 0.3  # of what the next part has to say about the pace


class Part(NamedTuple):
    """Steps between two looks at the clock.

    Attributes
    ----------
    n_steps : int
        How many they are.
    n_planned : int
        Steps of the whole training, as far as one can tell before this part.
    """

    n_steps: int
    n_planned: int


class Budget:
    """The time that a training may take; one epoch at least is run to its end.

    Parameters
    ----------
    seconds : float
        How long it may take.
    began : float
        When it began, by ``time.perf_counter``.
    share : float, default=1.0
        Of the time, in (0, 1]: the rest is for another training.
    most_steps : int or float, default=infinity
        Steps after which the training ends for another reason.

    Attributes
    ----------
    n_steps : int
        Steps so far.
    """

    def __init__(
        self, seconds: float, began: float, share: float = 1.0, most_steps: float = math.inf
    ) -> None:
        self.seconds = seconds
        self.n_steps = 0
        self._began = began
        self._stops = began + share * seconds
        self._most_steps = most_steps
        self._looked = 0
        self._pace = 0.0  # seconds a step
        self._between = 0.0  # seconds from the last step of an epoch to the first of the next
        self._paused: float | None = None  # since when

    def shared(self, share: float = 1.0, most_steps: float = math.inf) -> Budget:
        """Return the same time for a training that may take a share of it."""
        return Budget(self.seconds, self._began, share, most_steps)

    @property
    def overrun(self) -> float:
        """Seconds by which the time is exceeded by now; negative where some is left."""
        return perf_counter() - self._began - self.seconds

    def pause(self) -> None:
        """Take note that steps are over for a while: held-out samples are scored."""
        self._paused = perf_counter()

    def parts(self, n_steps: int, *, is_first: bool) -> Iterator[Part]:
        """Yield the parts of an epoch of so many steps, until there is no time for another.

        There is one at least, so that each epoch has scores.  A part has ended when the next one
        is asked for.
        """
        self._go_on()
        done = 0
        while done < n_steps:
            left = n_steps - done
            fitting = self._fitting(n_steps)
            remaining = max(fitting, left if is_first else int(done == 0))
            if remaining < 1:
                break
            size = min(self._size(), left, remaining)
            start = perf_counter()
            yield Part(size, self._planned(remaining))
            self._hear_of(perf_counter() - start, size)
            done += size
            self.n_steps += size
        self.pause()

    def is_spent(self, n_steps: int) -> bool:
        """Tell, after an epoch, whether no step of another fits, of so many steps."""
        self._go_on()
        return self._fitting(n_steps) < 1

    def _go_on(self) -> None:
        if self._paused is not None:
            self._between = perf_counter() - self._paused

    def _planned(self, n_fitting: int) -> int:
        """Return how many steps the whole training has, if so many more fit into the time."""
        if not self._pace and math.isfinite(self._most_steps):
            return int(self._most_steps)
        return int(min(self.n_steps + n_fitting, self._most_steps))

    def _fitting(self, n_steps: int) -> int:
        """Return how many steps fit into the time that is left, with what is between epochs."""
        left = self._stops - perf_counter() - self._between
        if left <= 0 or not self._pace:
            return int(left > 0)
        return int(left / (self._pace + self._between / n_steps))

    def _size(self) -> int:
        """Return how many steps come before the next look at the clock."""
        if self._looked < _UNTIMED:
            return 1
        if not self._pace:
            return _TIMED_FIRST
        return max(1, int(self.seconds / _LOOKS / self._pace))

    def _hear_of(self, seconds: float, n_steps: int) -> None:
        """Learn from the time of a part, unless something was compiled in it."""
        self._looked += 1
        if self._looked > _UNTIMED:
            now = seconds / n_steps
            self._pace += (now - self._pace) * (_NEWS if self._pace else 1)
