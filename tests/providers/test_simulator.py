"""The whole way over HTTP: phones, providers, our web application and worker, and back."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from bot.worker import run_once
from core.config import Settings
from core.database.connect import Database
from core.models import appointments, messages
from tests.providers.mishaps import Weather
from tests.providers.posting import Habits
from tests.providers.sdk import PATIENT
from tests.providers.simulator import Simulator, address_on
from tests.test_four_channels import a_real_clinic
from webhooks.app import create_app

PEOPLE = {"sms": PATIENT, "whatsapp": PATIENT, "telegram": "1000001"}


@dataclass
class Town:
    """Providers, phones, and a front desk that was started with nothing but the environment that
    the simulator prints."""

    simulator: Simulator
    clinic: Database
    settings: Settings

    def says(self, channel: str, text: str) -> list[str]:
        """Gives what the phone then shows, newest last."""
        self.simulator.write(channel, PEOPLE[channel], text)
        return self.hears(channel)

    def presses(self, channel: str, label: str) -> list[str]:
        self.simulator.press(channel, PEOPLE[channel], label)
        return self.hears(channel)

    def hears(self, channel: str) -> list[str]:
        assert self.simulator.postman.wait_until_idle()
        for _ in range(3):  # A chat gets one message a second.
            self.simulator.clock.move(timedelta(seconds=1))
            run_once(self.clinic, self.settings, self.simulator.clock)
        assert self.simulator.postman.wait_until_idle()
        to = address_on(channel, PEOPLE[channel])
        entries = self.simulator.ledger.entries(channel=channel, to=to)
        return [entry.text for entry in entries if entry.outcome in ("accepted", "edited")]


@pytest.fixture
def town(sqlite_database: Database) -> Iterator[Town]:
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    desk = f"http://127.0.0.1:{server.server_port}"
    with a_real_clinic(sqlite_database) as clinic, Simulator(desk) as simulator:
        simulator.postman.most_late = 0.3
        simulator.a_status_takes = 0.05
        given = {name.lower(): value for name, value in simulator.environment.items()}
        settings = Settings(**given)  # type: ignore[arg-type]
        server.app = create_app(settings, clinic, clock=simulator.clock)
        thread.start()
        yield Town(simulator, clinic, settings)
        server.shutdown()
        thread.join()
    server.server_close()


def visits(town: Town) -> list[str]:
    with town.clinic.reading() as connection:
        return list(connection.scalars(select(appointments.c.status)))


@pytest.mark.parametrize("channel", list(PEOPLE))
def test_a_visit_is_booked_though_everything_comes_twice_and_out_of_order(
    town: Town, channel: str
) -> None:
    town.simulator.postman.habits = Habits(times=2)
    assert "Dr Michael Chen" in town.says(channel, "an appointment with Dr Chen, the earliest")[-1]
    town.says(channel, "John Smith, born 4 May 1980")
    buttons = town.simulator.ledger.accepted(channel=channel)[-1].buttons
    town.simulator.postman.habits = Habits(times=2, is_reordered=True)
    last = (town.presses(channel, buttons[0]) if buttons else town.says(channel, "1"))[-1]
    assert "Booked: Dr Michael Chen" in last
    assert visits(town) == ["scheduled"]
    assert town.simulator.ledger.doubled() == []
    assert town.simulator.postman.alerts == []
    assert town.simulator.telegram.chats.turning == []


def test_what_the_phones_got_is_what_our_log_says(town: Town) -> None:
    town.simulator.postman.habits = Habits(times=2, is_reordered=True)
    for channel in PEOPLE:
        town.says(channel, "hello")
    with town.clinic.reading() as connection:
        out = connection.execute(select(messages).where(messages.c.direction == "out")).all()
    ledger = town.simulator.ledger.accepted()
    assert sorted(row.text for row in out) == sorted(entry.text for entry in ledger)
    by_id = {row.public_id: row for row in out}
    for entry in ledger:
        if entry.our_id:
            assert by_id[entry.our_id].provider_id == entry.provider_id
            assert by_id[entry.our_id].status == entry.status


def test_an_answer_that_is_lost_is_never_said_twice(town: Town) -> None:
    town.simulator.set_weather("twilio", Weather("drop"))
    assert len(town.says("sms", "hello")) == 1
    town.simulator.set_weather("twilio", Weather())
    town.hears("sms")
    assert town.simulator.ledger.doubled() == []
    assert [entry.is_answered for entry in town.simulator.ledger.accepted()] == [False]


def test_an_outage_passes_and_nothing_is_lost(town: Town) -> None:
    before = len(town.says("telegram", "hello"))
    town.simulator.set_weather("telegram", Weather("flood", seconds=1))
    assert len(town.says("telegram", "my visits")) == before
    town.simulator.set_weather("telegram", Weather())
    with town.clinic.reading() as connection:
        waiting = connection.scalar(select(messages.c.due_at).where(messages.c.status == "queued"))
    assert waiting is not None
    town.simulator.clock.set(max(waiting, town.simulator.clock()))
    assert len(town.hears("telegram")) == before + 1


def test_who_opts_out_or_blocks_is_left_alone(town: Town) -> None:
    for channel in PEOPLE:
        town.says(channel, "hello")
        town.simulator.opt_out(channel, PEOPLE[channel])
        town.hears(channel)
    said = len(town.simulator.ledger.accepted())
    town.hears("sms")
    assert len(town.simulator.ledger.accepted()) == said
    refused = {entry.code for entry in town.simulator.ledger.entries(outcome="refused")}
    assert refused <= {"21610", "403"}
