"""Limits against floods and loops: pure, and told by the clock only."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue.codec import decode, encode
from bot.pace import HOUR, LOOP_PAUSE, MINUTE, Pace, Verdict
from core.rules import Rules
from tests.builders import NOW

RULES = Rules(
    messages_per_sender_a_minute=3, messages_per_sender_an_hour=10, same_replies_in_a_row=2
)


def heard(pace: Pace, times: int, every: timedelta = timedelta(0)) -> Pace:
    for number in range(times):
        pace = pace.heard(NOW + number * every)
    return pace


def test_up_to_the_limit_all_is_answered() -> None:
    assert heard(Pace(), 3).verdict(NOW, RULES) is Verdict.ANSWER
    assert heard(Pace(), 4).verdict(NOW, RULES) is Verdict.NOTICE


def test_after_the_notice_there_is_silence() -> None:
    pace = heard(Pace(), 4).told(NOW)
    assert pace.heard(NOW).verdict(NOW, RULES) is Verdict.SILENCE


def test_a_new_minute_begins_a_minute_after_the_first_message() -> None:
    pace = heard(Pace(), 4).told(NOW)
    almost = NOW + MINUTE - timedelta(microseconds=1)
    assert pace.heard(almost).verdict(almost, RULES) is Verdict.SILENCE
    assert pace.heard(NOW + MINUTE).verdict(NOW + MINUTE, RULES) is Verdict.ANSWER


def test_the_hour_counts_on_over_quiet_minutes() -> None:
    pace = heard(Pace(), 11, every=timedelta(minutes=2))
    now = NOW + timedelta(minutes=20)
    assert pace.in_minute == 1
    assert pace.verdict(now, RULES) is Verdict.NOTICE
    later = NOW + HOUR
    assert pace.heard(later).verdict(later, RULES) is Verdict.ANSWER


def test_within_the_limits_again_the_next_excess_is_worth_a_notice() -> None:
    pace = heard(Pace(), 4).told(NOW).within_limits()
    assert pace.verdict(NOW, RULES) is Verdict.NOTICE


def test_a_crowd_at_ones_origin_is_an_excess_too() -> None:
    pace = heard(Pace(), 1)
    assert pace.verdict(NOW, RULES, crowded=True) is Verdict.NOTICE
    assert pace.told(NOW).verdict(NOW, RULES, crowded=True) is Verdict.SILENCE
    assert pace.verdict(NOW, RULES) is Verdict.ANSWER


def test_the_same_reply_quickly_again_and_again_is_a_loop() -> None:
    pace = heard(Pace(), 1)
    for _ in range(2):
        assert pace.verdict(NOW, RULES) is Verdict.ANSWER
        pace = pace.answered("same", NOW)
    assert pace.verdict(NOW, RULES) is Verdict.NOTICE


def test_two_forms_of_the_same_reply_in_turns_are_a_loop() -> None:
    pace = heard(Pace(), 1)
    for reply in ("long", "short", "long", "short"):
        pace = pace.answered(reply, NOW)
    assert pace.verdict(NOW, RULES) is Verdict.NOTICE
    assert pace.is_echo("long")
    assert pace.is_echo("short")


@pytest.mark.parametrize("reply", ["same", "other"])
def test_slow_or_different_replies_are_none(reply: str) -> None:
    pace, now = heard(Pace(), 1), NOW
    for number in range(6):
        if reply == "same":
            now += LOOP_PAUSE
        pace = pace.answered(reply if reply == "same" else str(number), now)
        assert pace.verdict(now, RULES) is Verdict.ANSWER


def test_a_loop_ends_when_the_other_bot_pauses() -> None:
    pace = heard(Pace(), 1).answered("same", NOW).answered("same", NOW).told(NOW)
    soon = NOW + LOOP_PAUSE - timedelta(seconds=1)
    assert pace.verdict(soon, RULES) is Verdict.SILENCE
    assert pace.verdict(NOW + LOOP_PAUSE, RULES) is Verdict.ANSWER


def test_it_is_kept_between_messages() -> None:
    pace = heard(Pace(), 4).answered("0123456789ab", NOW).told(NOW)
    assert decode(Pace, encode(pace)) == pace
    assert encode(Pace()) == {}
    assert replace(pace) == pace


def test_our_own_answer_coming_back_is_an_echo_the_second_time() -> None:
    once = Pace().answered("ours", NOW)
    assert not once.is_echo("ours")
    twice = once.answered("ours", NOW)
    assert twice.is_echo("ours")
    assert not twice.is_echo("theirs")
