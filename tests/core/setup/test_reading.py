"""A clinic file is read whole, or every problem in it is named with its line."""

from datetime import time
from pathlib import Path

import pytest

from core.scheduling.week import Stretch
from core.setup.reading import ClinicFileError, read_clinic_file
from tests.core.setup.bad_clinics import BAD
from tests.core.setup.small_clinic import SMALL, changed


def problems(text: str) -> list[str]:
    with pytest.raises(ClinicFileError) as caught:
        read_clinic_file(text)
    return caught.value.problems


def test_a_good_file_is_read() -> None:
    clinic = read_clinic_file(SMALL)
    place, (rees, vaughan) = clinic.locations[0], clinic.practitioners
    assert place.phone == "+442079460000"
    assert place.crisis_number == "116123"
    assert place.opening_hours[5] == (
        Stretch(time(9), time(12)),
        Stretch(time(13), time(15)),
    )
    assert clinic.visit_types[0].price == 4550
    assert rees.visit_types is not None
    assert [(item.code, item.minutes, item.fee) for item in rees.visit_types] == [
        ("consultation", None, None),
        ("smear", 30, 2000),
    ]
    assert sorted(vaughan.hours) == [4]
    assert vaughan.visit_types is None


@pytest.mark.parametrize(("old", "new", "problem"), BAD)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, problem: str) -> None:
    assert problems(changed(old, new)) == [f"clinic.toml:{problem}"]


def test_every_problem_is_named_in_one_go() -> None:
    text = SMALL
    expected = set()
    for old, new, problem in BAD:
        if text.count(old) == 1:
            text = text.replace(old, new)
            expected.add(problem.partition(": ")[2])
    found = problems(text)
    assert len(expected & {problem.split(": ", 1)[1] for problem in found}) > 20
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == sorted(lines)


def test_a_code_that_is_wrong_is_also_named_where_it_is_used() -> None:
    assert problems(changed('code = "smear"\nnames', 'code = "Smear test"\nnames')) == [
        "clinic.toml:40: visit_types[1].code: expected a code of small letters, digits and _, "
        'such as "check_up", got "Smear test"',
        "clinic.toml:53: practitioners[0].visit_types[1].code: expected a known visit type, "
        'got "smear" (there are: Smear test, consultation)',
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = 1\nb = \n", "2: not valid TOML: Invalid value"),
        ("a = 1\na = 2\n", "2: not valid TOML: Cannot overwrite a value"),
        ('a = "open\n', "1: not valid TOML: Illegal character '\\n'"),
        ("a = [\n1,\n\n", "2: not valid TOML: Invalid value"),
        ("[organization\n", "1: not valid TOML: Expected ']' at the end of a table declaration"),
    ],
)
def test_what_is_no_toml_has_its_line_too(text: str, problem: str) -> None:
    assert problems(text) == [f"clinic.toml:{problem}"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "organization = 1",
        "locations = 1\nvisit_types = {}",
        "locations = [1, 2]\npractitioners = [[]]",
        '[organization]\nlanguages = "en"\ncountry = 1',
        "[[locations]]\n[[locations]]\n[[practitioners]]\nfurther_hours = [1]",
    ],
)
def test_nonsense_is_refused_calmly(text: str) -> None:
    found = problems(text)
    assert any("organization" in problem for problem in found)
    assert all(problem.startswith("clinic.toml:") for problem in found)


def test_hours_name_their_location_where_there_are_several() -> None:
    second = SMALL[SMALL.index("[[locations]]") : SMALL.index("[[locations.departments]]")]
    text = SMALL + second.replace('"Hillside"', '"Valley"')
    assert problems(text) == [
        "clinic.toml:55: practitioners[0].hours: expected a location with the hours, it is missing",
        "clinic.toml:73: practitioners[1].hours: expected a location with the hours, it is missing",
    ]


def test_a_phone_number_is_read_by_the_country_of_its_location() -> None:
    text = changed('zone = "Europe/London"', 'zone = "Europe/London"\ncountry = "US"')
    assert problems(changed("020 7946 0000", "415 555 01", text))
    text = changed("020 7946 0000", "(415) 555-0100", text)
    assert read_clinic_file(text).locations[0].phone == "+14155550100"


def test_a_file_is_named_by_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "harbour.toml"
    path.write_text("x = 1")
    with pytest.raises(ClinicFileError, match=r"^harbour\.toml:1: "):
        read_clinic_file(path)
    path.write_bytes("\ufeff".encode() + SMALL.replace("\n", "\r\n").encode())
    assert read_clinic_file(path).organization.name == "Hillside Surgery"
    path.write_bytes(b"# one\n# \xff")
    with pytest.raises(ClinicFileError, match=r"^harbour\.toml:2: expected text in UTF-8$"):
        read_clinic_file(path)
