"""django-appointment's own search for free slots, on the busy clinic's calendars.

Runs in an environment of its own (`.venv-bench`), which has Django and none of our libraries, and
answers questions on its standard input, one line of JSON each:

    {"practitioners": [1, 2], "days": 14}    -> {"seconds": ..., "slots": [[...], [...]]}

Set up as its first steps say. It has no breaks, so they are stretches of absence on the days ahead,
and no search over several days, so its service is asked for each, as its own page does.
"""

import json
import logging
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from datetime import time as wall
from itertools import islice
from typing import Any

import django  # type: ignore[import-not-found]
from django.conf import settings  # type: ignore[import-not-found]

from tests.benchmarks.busy_clinic import (
    BREAKS,
    CLOSES,
    OPENS,
    VISIT_MINUTES,
    ZONE,
    Calendar,
    Extent,
    calendars,
    wall_time,
)

APPS = ("auth", "contenttypes", "sessions", "appointment")
BATCH = 20_000


def configure(database: dict[str, Any]) -> None:
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in APPS[:3]), APPS[3]],
        USE_TZ=True,
        TIME_ZONE=ZONE.key,
        SECRET_KEY="only for this run",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DEBUG=False,
        LOGGING_CONFIG=None,
        # Tables as its models say; its migrations would end there too.
        MIGRATION_MODULES=dict.fromkeys(APPS),
    )
    django.setup()


def load(extent: Extent, today: date) -> None:
    from appointment import models  # type: ignore[import-not-found]
    from django.contrib.auth import get_user_model  # type: ignore[import-not-found]
    from django.core.management import call_command  # type: ignore[import-not-found]
    from django.db import connection, transaction  # type: ignore[import-not-found]

    call_command("migrate", run_syncdb=True, verbosity=0)
    length = timedelta(minutes=VISIT_MINUTES)
    service = models.Service.objects.create(name="visit", duration=length, price=0)
    users = get_user_model().objects
    with transaction.atomic():
        for calendar in calendars(extent, today):
            user = users.create(username=f"person{calendar.number}", first_name="Number")
            person = models.StaffMember.objects.create(
                id=calendar.number,
                user=user,
                slot_duration=VISIT_MINUTES,
                lead_time=wall_time(OPENS),
                finish_time=wall_time(CLOSES),
            )
            person.services_offered.add(service)
            _load_hours(models, person, calendar, extent, today)
        _load_visits(models, service, calendars(extent, today))
    connection.cursor().execute("ANALYZE")


def _load_hours(models: Any, person: Any, calendar: Calendar, extent: Extent, today: date) -> None:
    opens, closes = wall_time(OPENS), wall_time(CLOSES)
    for weekday in range(1, 6):  # 0 is Sunday.
        hours = {"day_of_week": weekday, "start_time": opens, "end_time": closes}
        models.WorkingHours.objects.create(staff_member=person, **hours)
    for day in calendar.days_off:
        models.DayOff.objects.create(staff_member=person, start_date=day, end_date=day)
    coming = (today + timedelta(days=number) for number in range(1, extent.days_ahead + 1))
    away = [(day, *pause) for day in coming if day.weekday() < 5 for pause in BREAKS]
    models.Unavailability.objects.bulk_create(
        models.Unavailability(
            staff_member=person,
            date=day,
            start_time=wall_time(since),
            end_time=wall_time(until),
        )
        for day, since, until in [*away, calendar.away]
    )


def _load_visits(models: Any, service: Any, made_up: Iterable[Calendar]) -> None:
    """Write rows in batches through its own models, with its own indexes in place."""
    visits: Iterator[tuple[int, date, wall, wall]] = (
        (calendar.number, day, wall_time(minute), wall_time(minute + VISIT_MINUTES))
        for calendar in made_up
        for day, minute in calendar.visits
    )
    numbers = iter(range(1, sys.maxsize))
    while batch := list(islice(visits, BATCH)):
        ids = list(islice(numbers, len(batch)))
        models.AppointmentRequest.objects.bulk_create(
            models.AppointmentRequest(
                id=number,
                date=day,
                start_time=starts,
                end_time=ends,
                service=service,
                staff_member_id=person,
                id_request=f"request-{number}",
            )
            for number, (person, day, starts, ends) in zip(ids, batch, strict=True)
        )
        models.Appointment.objects.bulk_create(
            models.Appointment(
                id=number,
                appointment_request_id=number,
                amount_to_pay=0,
                id_request=f"request-{number}",
            )
            for number in ids
        )


class Searcher:
    def __init__(self, first: date) -> None:
        from appointment import models, services
        from appointment.utils.db_helpers import (  # type: ignore[import-not-found]
            get_weekday_num_from_date,
        )

        self._first = first
        self._people = models.StaffMember.objects.select_related("user")
        self._service = models.Service.objects.get()
        self._free = services.get_available_slots_for_staff
        self._weekday = get_weekday_num_from_date

    def search(self, number: int, days: int) -> list[Any]:
        person = self._people.get(id=number)
        found = []
        for day in (self._first + timedelta(days=after) for after in range(days)):
            found += self._free(day, person, self._weekday(day), service=self._service)
        return found


def main() -> None:
    logging.disable(logging.WARNING)  # It would write among our answers.
    order = json.loads(sys.argv[1])
    configure(order["database"])
    today = date.fromisoformat(order["today"])
    load(Extent(**order["extent"]), today)
    searcher = Searcher(today + timedelta(days=1))
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        began = time.perf_counter()
        found = [searcher.search(each, question["days"]) for each in question["practitioners"]]
        seconds = time.perf_counter() - began
        slots = [[start.isoformat() for start in starts] for starts in found]
        print(json.dumps({"seconds": seconds, "slots": slots}), flush=True)


if __name__ == "__main__":
    main()
