"""Weather: what befalls requests until it changes. One scripted mishap is a peer's `..._next`."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.providers.loopback import Answer, Mishap, Request

# How a provider words a refusal: Twilio and Telegram each have their own.
Wording = Callable[[int, int], Answer]

KINDS = ("accept", "refuse", "delay", "drop", "hang", "cut", "flood", "outage")


@dataclass(frozen=True)
class Weather:
    """`accept` is fair weather. `refuse` answers with `status` and `code`, `flood` with 429,
    `outage` with 503, `delay` after so many seconds; `hang` never answers, `drop` closes the
    connection, `cut` in the middle of the answer. `does_work`: the request is done before
    connection or answer are lost. It befalls the `share` of all requests."""

    kind: str = "accept"
    status: int = 400
    code: int = 20001
    seconds: float = 3.0
    does_work: bool = True
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"expected one of {', '.join(KINDS)}")
        if not 0 <= self.share <= 1:
            raise ValueError("share: expected 0 to 1")
        if not 400 <= self.status <= 599:
            raise ValueError("status: expected 400 to 599")
        if not 0 <= self.seconds <= 600:
            raise ValueError("seconds: expected 0 to 600")

    def mishap(self, wording: Wording) -> Mishap | None:
        match self.kind:
            case "refuse":
                return Mishap(answer=wording(self.status, self.code))
            case "flood":
                return Mishap(answer=wording(429, int(self.seconds)))
            case "outage":
                return Mishap(answer=Answer(503, b"<html>Service Unavailable</html>"))
            case "delay":
                return Mishap(delay=self.seconds, accept=True, honest=True)
            case "hang":
                return Mishap(hang=True, accept=self.does_work)
            case "drop":
                return Mishap(accept=self.does_work)
            case "cut":
                return Mishap(accept=True, honest=True, cut=True)
        return None

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def over(weathers: list[Weather], wording: Wording, seed: int = 0) -> Callable[[Request], Any]:
    """Changing weather: each request meets the first one whose share it falls into, else none.

    The shares of 0.2 and 0.1 make two requests in ten meet the first and one the second.
    """
    if sum(weather.share for weather in weathers) > 1:
        raise ValueError("the shares are more than all requests")
    dice = random.Random(seed)

    def befalls(_: Request) -> Mishap | None:
        thrown = dice.random()
        for weather in weathers:
            if thrown < weather.share:
                return weather.mishap(wording)
            thrown -= weather.share
        return None

    return befalls
