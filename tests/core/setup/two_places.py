"""A clinic file for tests: two places, a device, same-day hours, offers here and not there. And the
mistakes one can make in it; line numbers count."""

TWO_PLACES = """\
[organization]
name = "Hillside Surgery"
country = "GB"
currency = "GBP"
languages = ["en"]

[[locations]]
name = "Hillside"
address = "1 Hill Street"
zone = "Europe/London"
phone = "020 7946 0000"
emergency_number = "999"
crisis_number = "116 123"
opening_hours = { mon-fri = "08:00-18:00" }

[[locations.resources]]
kind = "ultrasound"
name = "Ultrasound 1"

[[locations.resources]]
kind = "ultrasound"
name = "Ultrasound 2"

[[locations]]
name = "Valley"
address = "2 Valley Road"
zone = "Europe/London"
phone = "020 7946 0100"
emergency_number = "999"
crisis_number = "116 123"
opening_hours = { mon-fri = "08:00-18:00", sat = "20:00-24:00" }
resources = [{ kind = "ultrasound", name = "Portable scanner" }]

[[visit_types]]
code = "consultation"
names = { en = "consultation" }
kind = "consultation"
default = true

[[visit_types]]
code = "scan"
names = { en = "ultrasound scan" }
kind = "procedure"
resource_kind = "ultrasound"

[[practitioners]]
title = "Dr"
first_name = "Anwen"
last_name = "Rees"
slot_minutes = 15
visits_a_day = 12
location = "Hillside"
hours = { mon-thu = "09:00-17:00" }
breaks = { mon-thu = "12:30-13:15" }
same_day_hours = { mon-thu = "09:00-10:00" }
visit_types = [
    "consultation",
    { code = "scan", location = "Hillside", days = "mon, wed", minutes = 30, fee = 20 },
    { code = "scan", location = "Valley", minutes = 30, fee = 20 },
]

[[practitioners.further_hours]]
location = "Valley"
hours = { fri = "10:00-16:00", sat = "20:00-24:00" }
same_day_hours = { sat = "23:00-24:00" }
"""

_SCAN = '{ code = "scan", location = "Valley", minutes = 30, fee = 20 }'
_SCAN_AT_HILLSIDE = _SCAN.replace('"Valley"', '"Hillside", days = "mon, wed"')

# (what stands in the file, what is written instead, the one problem that is reported)
BAD_PLACES = [
    (
        'resource_kind = "ultrasound"',
        'resource_kind = "ultrasond"',
        "44: visit_types[1].resource_kind: expected a known kind of resource at a location, "
        'got "ultrasond"; did you mean "ultrasound"?',
    ),
    (
        'kind = "ultrasound"\nname = "Ultrasound 2"',
        'name = "Ultrasound 2"',
        "20: locations[0].resources[1].kind: expected a value, it is missing",
    ),
    (
        'name = "Ultrasound 2"',
        'name = "Ultrasound 1"',
        '22: locations[0].resources[1].name: expected each once, got "Ultrasound 1" again '
        "(as in [0])",
    ),
    (
        "visits_a_day = 12",
        "visits_a_day = 0",
        "51: practitioners[0].visits_a_day: expected a number above 0, got 0",
    ),
    (
        'same_day_hours = { mon-thu = "09:00-10:00" }',
        'same_day_hours = { mon = "08:30-10:00" }',
        "55: practitioners[0].same_day_hours: expected same-day hours inside the hours, "
        "got mon 08:30-10:00",
    ),
    (
        'same_day_hours = { mon-thu = "09:00-10:00" }',
        'same_day_hours = { mon = "12:00-13:00" }',
        "55: practitioners[0].same_day_hours: expected same-day hours beside the breaks, "
        "got mon 12:00-13:00",
    ),
    (
        'same_day_hours = { sat = "23:00-24:00" }',
        'same_day_hours = { fri = "16:00-17:00" }',
        "65: practitioners[0].further_hours[0].same_day_hours: "
        "expected same-day hours inside the hours, got fri 16:00-17:00",
    ),
    (
        'hours = { fri = "10:00-16:00"',
        'hours = { mon = "16:30-18:00"',
        "64: practitioners[0].further_hours[0].hours: expected one place at a time, "
        "got mon at Hillside, too",
    ),
    (
        'days = "mon, wed"',
        'days = "mon, wendesday"',
        '58: practitioners[0].visit_types[1].days: expected days such as mon, mon-fri or "mon, '
        'wed", got "mon, wendesday"',
    ),
    (
        'days = "mon, wed"',
        'days = "mon, mon-wed"',
        '58: practitioners[0].visit_types[1].days: expected each day once, got "mon, mon-wed"',
    ),
    (
        'days = "mon, wed"',
        'days = "fri"',
        "58: practitioners[0].visit_types[1].days: expected days on which they work (mon-thu), "
        "got fri",
    ),
    (
        _SCAN,
        _SCAN.replace("Valley", "Vally"),
        "59: practitioners[0].visit_types[2].location: expected a known location, "
        'got "Vally"; did you mean "Valley"?',
    ),
    (
        _SCAN,
        _SCAN.replace("minutes = 30", "minutes = 45"),
        "59: practitioners[0].visit_types[2].minutes: expected the same minutes wherever they "
        'offer "scan" (30 in [1]), got 45',
    ),
    (
        _SCAN,
        _SCAN.replace(", fee = 20", ""),
        "59: practitioners[0].visit_types[2].fee: expected the same fee wherever they offer "
        '"scan" (20.00 in [1]), got none',
    ),
    (
        _SCAN,
        _SCAN.replace("Valley", "Hillside"),
        "59: practitioners[0].visit_types[2].code: expected each once for a place and day, "
        'got "scan" again (as in [1])',
    ),
    (
        '    "consultation",\n',
        '    "consultation", "consultation",\n',
        "57: practitioners[0].visit_types[1].code: expected each once for a place and day, "
        'got "consultation" again (as in [0])',
    ),
]

_LAST = TWO_PLACES[TWO_PLACES.index("[[practitioners.further_hours]]") :]
_REES = TWO_PLACES[TWO_PLACES.index("[[practitioners]]") : TWO_PLACES.index(_LAST)]

# (what stands in the file, what is written instead, what the plan says)
PLACES_DIFFERENCES = [
    (
        'kind = "ultrasound"\nname = "Ultrasound 2"',
        'kind = "ultrasound"\nname = "Ultrasound 3"',
        [
            "add resource Ultrasound 3 (Hillside)",
            "deactivate resource Ultrasound 2 (Hillside)",
        ],
    ),
    (
        'kind = "ultrasound"\nname = "Ultrasound 2"',
        'kind = "X-ray"\nname = "Ultrasound 2"',
        ["change resource Ultrasound 2 (Hillside): kind ultrasound -> X-ray"],
    ),
    (
        '{ kind = "ultrasound", name = "Portable scanner" }',
        '{ kind = "treatment room", name = "Portable scanner" }',
        [
            "change resource Portable scanner (Valley): kind ultrasound -> treatment room",
            "note: Dr Anwen Rees offers scan where there is no ultrasound",
        ],
    ),
    (
        "visits_a_day = 12",
        "",
        ["change practitioner Dr Anwen Rees: visits a day 12 -> nothing"],
    ),
    (
        'same_day_hours = { mon-thu = "09:00-10:00" }',
        'same_day_hours = { mon = "09:00-10:00" }',
        [
            "change same-day hours of Dr Anwen Rees: Hillside mon-thu 09:00-10:00; "
            "Valley sat 23:00-24:00 -> Hillside mon 09:00-10:00; Valley sat 23:00-24:00"
        ],
    ),
    (
        'days = "mon, wed"',
        'days = "mon-wed"',
        [
            "change offer of scan by Dr Anwen Rees: "
            "Hillside on mon, wed; Valley -> Hillside on mon-wed; Valley"
        ],
    ),
    (
        f"    {_SCAN_AT_HILLSIDE},\n    {_SCAN},\n",
        '    { code = "scan", minutes = 45, fee = 20 },\n',
        [
            "remove visit types of Dr Anwen Rees: scan (30 minutes, fee 20.00)",
            "add visit types of Dr Anwen Rees: scan (45 minutes, fee 20.00)",
            "change offer of scan by Dr Anwen Rees: "
            "Hillside on mon, wed; Valley -> everywhere",
        ],
    ),
    (
        "minutes = 30, fee = 20 },\n    { code",
        "minutes = 30, fee = 20 },\n    # { code",
        [
            "change offer of scan by Dr Anwen Rees: "
            "Hillside on mon, wed; Valley -> Hillside on mon, wed"
        ],
    ),
    (
        '    "consultation",\n',
        '    { code = "consultation", days = "mon-thu" },\n',
        ["add offer of consultation by Dr Anwen Rees: everywhere on mon-thu"],
    ),
    (
        '"consultation",\n    {',
        '{',
        ["remove visit types of Dr Anwen Rees: consultation"],
    ),
]  # fmt: skip
