"""What many clients did at once, and whether one thing after another could have had the same answers."""

import collections
import itertools
import math
import threading
import time

Step = collections.namedtuple("Step", "kind value revision began ended")


class History:
    """Steps of many clients on one register, each with the moments between which it took effect."""

    def __init__(self, initial):
        self.initial = initial
        self.steps = []
        self.lock = threading.Lock()
        self.values = {}

    def record(self, kind, value, revision, began, ended=None):
        """`revision` is the one that an update asked for, and None where it asked for none."""
        with self.lock:
            self.steps.append(Step(kind, value, revision, began, time.monotonic() if ended is None else ended))

    def saw(self, revision, value):
        """An answer showed this value under this revision."""
        with self.lock:
            known = self.values.setdefault(revision, value)
        assert known == value, f"revision {revision} is of {known!r} and of {value!r}"

    def check(self):
        """Fails unless some order of the steps, each within its moments, explains every answer."""
        clusters = self.clusters()
        for value, steps in clusters.items():
            write = next((step for step in steps if step.kind == "write"), None)
            assert write is not None, f"{value!r} was read and never written"
            early = [step for step in steps if step.ended < write.began]
            assert not early, f"{value!r} was read before it was written: {early[0]}"
        check_zones({value: zone(steps) for value, steps in clusters.items()})
        self.check_winners()
        self.check_refusals()

    def clusters(self):
        """The steps that wrote or saw each value; who updates a revision has seen its value."""
        clusters = collections.defaultdict(list)
        clusters[self.initial].append(Step("write", self.initial, None, -math.inf, -math.inf))
        for step in self.steps:
            if step.kind in ("write", "read"):
                clusters[step.value].append(step)
            if step.kind == "write" and step.revision is not None:
                clusters[self.values[step.revision]].append(step._replace(kind="seen"))
        return clusters

    def check_winners(self):
        """Of all who ask for one revision, one may win."""
        asked = collections.Counter(step.revision for step in self.steps if step.kind == "write" and step.revision)
        twice = [revision for revision, count in asked.items() if count > 1]
        assert not twice, f"revisions {twice} were updated more than once"

    def check_refusals(self):
        """Whoever is told that a revision is old has had time to be overtaken."""
        writes = [step for step in self.steps if step.kind in ("write", "settle")]
        for step in self.steps:
            if step.kind == "stale":
                overtaken = any(write.began < step.ended for write in writes)
                assert overtaken, f"{step} was refused, and nobody had changed anything"


def zone(steps):
    """From the first moment at which the value must have been there to the last."""
    return min(step.ended for step in steps), max(step.began for step in steps)


def check_zones(zones):
    """Values that nobody writes twice: two of them cannot both have been there all the time between two moments.

    This is the test of Gibbons and Korach for registers of which each value is written once.
    """
    firm = sorted((first, last, value) for value, (first, last) in zones.items() if first < last)
    for (_, last, value), (first, _, other) in itertools.pairwise(firm):
        assert last <= first, f"{value!r} was seen again after {other!r}"
    for value, (first, last) in zones.items():
        if first < last:
            continue
        for begun, done, other in firm:
            assert not (begun < last and first < done), f"{value!r} came and went while {other!r} was there"


def together(*jobs):
    """Runs jobs in threads of their own, all at once, and hands on the first failure."""
    failures = []

    def guarded(job):
        try:
            job()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
