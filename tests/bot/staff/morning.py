"""A morning at the desk: a receptionist, the worker, and the phones of who is booked."""

from dataclasses import dataclass, field

from bot.agenda import Agenda
from bot.delivery import Delivery
from bot.messages import Channel
from core.database.connect import Database
from tests.bot.staff.colleague import a_receptionist
from tests.bot.talking import Clock, Patient, text_of
from tests.bot.test_delivery import FakeSender
from tests.builders import Clinic, a_link, a_patient, an_appointment
from tests.core.scheduling.words import at

EARLY = at("09:05")


@dataclass
class Desk:
    """A receptionist, the worker, and the phones of who is booked."""

    database: Database
    clinic: Clinic
    clock: Clock = field(default_factory=lambda: Clock(EARLY))
    sender: FakeSender = field(default_factory=FakeSender)

    def __post_init__(self) -> None:
        self.anna = a_receptionist(self.database)
        self.anna.clock = self.clock
        self.anna.__post_init__()
        self.anna.comes_in()

    def says(self, text: str) -> str:
        return text_of(self.anna.says(text))

    def books(self, time: str, name: str = "Nora", *, phone: str | None = None) -> int:
        with self.database.transaction() as connection:
            patient_id = a_patient(connection, name, last_name="Quinn")
            visit = an_appointment(
                connection,
                patient_id=patient_id,
                practitioner_id=self.clinic.patel_id,
                location_id=self.clinic.location_id,
                visit_type_id=self.clinic.visit_type_id,
                starts_at=at(time),
            )
        if phone is not None:
            texter = self.phone(phone)
            texter.says("hi")
            with self.database.transaction() as connection:
                a_link(connection, patient_id, texter.own_address.id)
            self.send()
            self.sender.sent.clear()
        return visit

    def phone(self, number: str) -> Patient:
        return Patient(self.database, Channel.SMS, number, self.clock)

    def speak(self) -> None:
        Agenda(self.database, self.clock, {}).speak()

    def send(self) -> None:
        self.clock.passes(seconds=10)  # What a number sends in a second is limited.
        senders = {Channel.SMS: self.sender, Channel.TELEGRAM: FakeSender()}
        Delivery(self.database, senders, clock=self.clock, threads=1).deliver()

    def work(self) -> None:
        self.speak()
        self.send()

    @property
    def heard(self) -> list[str]:
        return [message.text for message in self.sender.sent]
