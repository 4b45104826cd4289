"""What each of staff wishes to be told of: shown, said in words, pressed, taken back."""

import pytest
from sqlalchemy import select

from bot.staff.telling.reading import Wished, wished_in, words_for
from core.database.connect import Database
from core.models import audit_log, staff, staff_wishes
from core.models.staff import Hears
from core.setup import set_up_demo
from core.staff.wishes import Change
from tests.bot.staff.colleague import Colleague
from tests.bot.staff.listening import House
from tests.bot.talking import rows, text_of
from tests.builders import NOW, Clinic

AT_ONCE, DIGEST, NEVER = Hears.AT_ONCE, Hears.DIGEST, Hears.NEVER
NEW, MOVED, CANCELLED = Change


@pytest.fixture
def house(database: Database, clinic: Clinic) -> House:
    return House(database, clinic)


@pytest.fixture
def patel(house: House) -> Colleague:
    return house.patel()


def test_a_practitioner_reads_of_their_own_visits_in_the_digest(patel: Colleague) -> None:
    assert text_of(patel.says("/notify")).splitlines() == [
        "What you are told of unasked, unless you did it yourself:",
        "Of your own visits:",
        "New: in the digest",
        "Moved: in the digest",
        "Cancelled: in the digest",
        "The digest: on days that you are open, from 7:00 AM on",
    ]


def test_whoever_sees_a_whole_place_is_told_of_no_visit_unless_they_wish(house: House) -> None:
    page = text_of(house.anna().says("/notify"))
    assert "Of all visits that you may see:" in page
    assert page.count("never") == 3


def test_words_change_one_and_leave_the_others(patel: Colleague) -> None:
    page = text_of(patel.says("tell me at once when somebody cancels"))
    assert page.startswith("Noted.")
    assert "Cancelled: at once" in page
    assert "New: in the digest" in page
    assert "New: never" in text_of(patel.says("notify new never"))
    assert "Cancelled: at once" in text_of(patel.says("/notify"))


def test_it_is_said_in_spanish_too(patel: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(staff.update().values(language="es"))
    page = text_of(patel.says("avíseme al momento cuando alguien anule una cita"))
    assert "Anuladas: al momento" in page
    assert "Nuevas: nunca" in text_of(patel.says("no me avise de citas nuevas"))
    assert "El resumen: desactivado" in text_of(patel.says("quitar el resumen"))


def test_a_button_changes_it_and_another_takes_it_back(patel: Colleague) -> None:
    patel.says("/notify")
    place = [choice.label for choice in patel.choices].index("Moved at once") + 1
    assert "Moved: at once" in text_of(patel.presses(place))
    assert patel.choices[0].label == "Take back"
    assert "Moved: in the digest" in text_of(patel.presses(1))


def test_the_digest_is_switched_off_and_on(patel: Colleague) -> None:
    assert "waits for /digest" in text_of(patel.says("turn off the digest"))
    assert "from 7:00 AM on" in text_of(patel.says("/notify digest on"))
    patel.presses([choice.label for choice in patel.choices].index("Digest off") + 1)
    patel.says("/notify all never")
    assert "The digest: off" in text_of(patel.says("/notify")).splitlines()


def test_whoever_does_not_say_when_is_asked(patel: Colleague) -> None:
    assert "When do you want to hear" in text_of(patel.says("/notify cancelled"))
    assert "Cancelled: at once" in text_of(patel.says("at once"))


def test_each_change_is_in_the_audit_log(patel: Colleague, database: Database) -> None:
    patel.says("/notify new never")
    [entry] = [row for row in rows(database, audit_log) if row.action == "chose_notices"]
    assert (entry.staff_id, entry.reason) == (patel.staff_id, "new=never")


def test_a_stranger_learns_nothing_of_it(house: House, database: Database) -> None:
    patel = house.patel()
    stranger = Colleague(database, address="9999", clock=house.clock)
    assert "digest" not in text_of(stranger.says("/notify new never")).casefold()
    assert rows(database, staff_wishes) == []
    assert "Noted" in text_of(patel.says("/notify new never"))  # Control.


def test_setting_the_clinic_up_again_leaves_wishes_alone(demo: Database) -> None:
    with demo.transaction() as connection:
        staff_id = connection.scalar(select(staff.c.id).limit(1))
        values = {"staff_id": staff_id, "new": NEVER, "created_at": NOW, "updated_at": NOW}
        connection.execute(staff_wishes.insert(), values)
    before = rows(demo, staff_wishes)
    set_up_demo(demo, NOW)
    assert rows(demo, staff_wishes) == before


@pytest.mark.parametrize(
    ("text", "wished"),
    [
        ("tell me at once when somebody cancels", Wished({CANCELLED: AT_ONCE})),
        ("let me know when somebody moves their visit", Wished({MOVED: AT_ONCE})),
        ("do not tell me when somebody books", Wished({NEW: NEVER})),
        ("new and moved never, cancelled at once", Wished(
            {NEW: NEVER, MOVED: NEVER, CANCELLED: AT_ONCE}
        )),
        ("never new and moved", Wished({NEW: NEVER, MOVED: NEVER})),
        ("everything in the digest", Wished(dict.fromkeys(Change, DIGEST))),
        ("notify never", Wished(dict.fromkeys(Change, NEVER))),
        ("digest off", Wished(digest=False)),
        ("turn the digest on", Wished(digest=True)),
        ("cancelled visits", Wished(of=(CANCELLED,))),
        ("", Wished()),
    ],
)  # fmt: skip
def test_wishes_are_read(text: str, wished: Wished) -> None:
    assert wished_in(text, "en") == wished


@pytest.mark.parametrize(
    ("text", "wished"),
    [
        ("avíseme cuando alguien cancele", Wished({CANCELLED: AT_ONCE})),
        ("nuevas nunca y anuladas al momento", Wished({NEW: NEVER, CANCELLED: AT_ONCE})),
        ("cambios en el resumen", Wished({MOVED: DIGEST})),
        ("sin resumen", Wished(digest=False)),
        ("poner el resumen", Wished(digest=True)),
    ],
)
def test_wishes_are_read_in_spanish(text: str, wished: Wished) -> None:
    assert wished_in(text, "es") == wished


def test_each_language_has_words_for_the_same() -> None:
    assert set(words_for("es")) == set(words_for("en"))
