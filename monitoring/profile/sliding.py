"""The sum of a window that slides over partitions: a few additions a step, whatever its length."""

from __future__ import annotations

from typing import Generic, TypeVar

from monitoring.profile.collecting import Mergeable

P = TypeVar("P", bound=Mergeable)


class SlidingSum(Generic[P]):
    """
    A queue of profiles by partition whose sum is always at hand.

    Two stacks keep running sums from both ends, so that each profile is added three times at most
    while it is inside; profiles cannot be subtracted, since a maximum or a heavy hitter has no
    inverse. Source: Tangwongsan, Hirzel and Schneider, "Low-latency sliding-window aggregation in
    worst-case constant time" (2017), the two-stacks algorithm.
    """

    def __init__(self, empty: P) -> None:
        self._empty = empty
        self._arrived: list[tuple[str, P]] = []
        self._arrived_sum = empty
        self._leaving: list[tuple[str, P]] = []

    def __len__(self) -> int:
        return len(self._arrived) + len(self._leaving)

    def push(self, partition: str, profile: P) -> None:
        """Let the *profile* of the next *partition* in."""
        self._arrived_sum = self._arrived_sum + profile if self._arrived else profile
        self._arrived.append((partition, profile))

    def drop_before(self, partition: str) -> None:
        """Let go of everything before *partition*; partitions are in the order of their keys."""
        while len(self):
            if not self._leaving:
                self._turn()
            if self._leaving[-1][0] >= partition:
                return
            self._leaving.pop()

    def total(self) -> P:
        """Return the sum of what is inside."""
        if not self._leaving:
            return self._arrived_sum
        if not self._arrived:
            return self._leaving[-1][1]

        return self._leaving[-1][1] + self._arrived_sum

    def _turn(self) -> None:
        """Make the arrived profiles the leaving ones, oldest on top, with sums to the youngest."""
        while self._arrived:
            partition, profile = self._arrived.pop()
            running = profile + self._leaving[-1][1] if self._leaving else profile
            self._leaving.append((partition, running))
        self._arrived_sum = self._empty
