"""How webhooks and callbacks come to us: over HTTP, at their time, and when told so, twice or in
another order.

RULES.md, 4 and 6: callbacks may come out of order or twice; Twilio waits 15
seconds and does not try again by itself (11200); Telegram tries again until it hears 2xx.
"""

import heapq
import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import requests

Item = TypeVar("Item")

PATIENCE = 15.0
AGAIN = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # Seconds till the next try; the last for ever.
MOST_LATE = 2.0  # Seconds.
KEPT_ALERTS = 1_000


def repeated_and_shuffled(items: Sequence[Item], *, times: int = 2, seed: int = 0) -> list[Item]:
    """Each item so many times, in any order: as a test without HTTP has them delivered."""
    every = [item for item in items for _ in range(times)]
    random.Random(seed).shuffle(every)
    return every


@dataclass(frozen=True)
class Post:
    url: str
    body: bytes
    headers: dict[str, str]
    is_insistent: bool = False  # Tried again until it is answered with 2xx.
    on_answer: Callable[[bytes], None] = field(default=lambda _: None, repr=False)


@dataclass
class Habits:
    """How posts are delivered: so many times each, and up to two seconds late, which changes their
    order; `lost` is the share that nobody ever sees."""

    times: int = 1
    is_reordered: bool = False
    lost: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.times <= 10 or not 0 <= self.lost <= 1:
            raise ValueError("expected times from 1 to 10, and lost from 0 to 1")


@dataclass(frozen=True)
class Alert:
    """A post that came to nothing: Twilio's error 11200."""

    url: str
    reason: str
    code: int = 11200


class Postman:
    """One thread that posts what is due. Use as a context manager."""

    def __init__(self, *, seed: int = 0) -> None:
        self.habits = Habits()
        self.most_late = MOST_LATE
        self.alerts: list[Alert] = []
        self._dice = random.Random(seed)
        self._numbers = itertools.count()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._wakes = threading.Condition()
        self._is_closing = False
        self._is_busy = False
        self._session = requests.Session()
        self._session.trust_env = False  # What is on this machine is no proxy's business.
        self._thread = threading.Thread(target=self._work, name="postman", daemon=True)

    def __enter__(self) -> "Postman":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._wakes:
            self._is_closing = True
            self._wakes.notify_all()
        self._thread.join(PATIENCE + 1)
        self._session.close()

    def post(self, post: Post) -> None:
        """Now, or as the habits are."""
        habits = self.habits
        if self._dice.random() < habits.lost:
            return
        for _ in range(habits.times):
            late = self._dice.uniform(0, self.most_late) if habits.is_reordered else 0.0
            self.later(late, lambda: self._deliver(post, 0))

    def later(self, seconds: float, job: Callable[[], object]) -> None:
        """Have something else done in this thread, at its time."""
        with self._wakes:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), job))
            self._wakes.notify_all()

    def wait_until_idle(self, seconds: float = 5.0) -> bool:
        """Whether everything was posted within that time."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            with self._wakes:
                if not self._due and not self._is_busy:
                    return True
            time.sleep(0.01)
        return False

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception as error:  # Whatever the desk answered: the next still goes out.
                self._alert("", f"{type(error).__name__} in what was answered")
            with self._wakes:
                self._is_busy = False

    def _next(self) -> Callable[[], object] | None:
        """What is due, when it is; None at the end."""
        with self._wakes:
            while not self._is_closing and not self._is_something_due():
                until = self._due[0][0] - time.monotonic() if self._due else None
                self._wakes.wait(until)
            if self._is_closing:
                return None
            self._is_busy = True
            return heapq.heappop(self._due)[2]

    def _is_something_due(self) -> bool:
        return bool(self._due) and self._due[0][0] <= time.monotonic()

    def _deliver(self, post: Post, tries: int) -> None:
        try:
            answer = self._session.post(
                post.url,
                data=post.body,
                headers=post.headers,
                timeout=PATIENCE,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            reason = type(error).__name__
        else:
            if answer.ok:
                post.on_answer(answer.content)
                return
            reason = f"HTTP {answer.status_code}"
        self._alert(post.url, reason)
        if post.is_insistent:
            pause = AGAIN[min(tries, len(AGAIN) - 1)]
            self.later(pause, lambda: self._deliver(post, tries + 1))

    def _alert(self, url: str, reason: str) -> None:
        self.alerts = [*self.alerts[1 - KEPT_ALERTS :], Alert(url, reason)]
