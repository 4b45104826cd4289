"""Changes to the small clinic's file, and what the plan says of each: data for test_apply.py."""

from tests.core.setup.small_clinic import SMALL

VAUGHAN = SMALL[SMALL.rindex("[[practitioners]]") :]
ABSENCE = SMALL[SMALL.index("[[practitioners.absences]]") : SMALL.rindex("[[practitioners]]")]
DEPARTMENT = SMALL[SMALL.index("[[locations.departments]]") : SMALL.index("[[specialties]]")]

# (what stands in the file, what is written instead, what the plan says)
DIFFERENCES = [
    (
        'name = "Hillside Surgery"',
        'name = "Hilltop Surgery"',
        ["change organization Hilltop Surgery: name Hillside Surgery -> Hilltop Surgery"],
    ),
    (
        '["en", "cy"]',
        '["en"]',
        ["change organization Hillside Surgery: languages en, cy -> en"],
    ),
    (
        'phone = "020 7946 0000"',
        'phone = "020 7946 0009"\nparking = "Behind the house."',
        [
            "change location Hillside: phone +442079460000 -> +442079460009",
            'change location Hillside: parking nothing -> "Behind the house." (en)',
        ],
    ),
    (
        'phone = "020 7946 0000"',
        'phone = "020 7946 0000"\n'
        'insurance = { en = "All of them.", cy = "Pob un." }\n'
        'what_to_bring = "Your NHS number."',
        [
            'change location Hillside: insurance nothing -> "All of them." (en); "Pob un." (cy)',
            'change location Hillside: what to bring nothing -> "Your NHS number." (en)',
        ],
    ),
    (
        'names = { en = "smear test" }',
        'names = { en = "smear test" }\npreparation = "Nothing."',
        ['change visit type smear: preparation nothing -> "Nothing." (en)'],
    ),
    (
        'words = { en = ["family doctor"] }',
        'words = { en = ["family doctor"] }\nsensitive = true\nage_until = 17',
        [
            "change specialty general_practice: is sensitive no -> yes",
            "change specialty general_practice: age until nothing -> 17",
        ],
    ),
    (
        '{ mon-fri = "08:00-18:00", ',
        '{ mon-fri = "07:30-18:00", ',
        [
            "change location Hillside: opening hours "
            "mon-fri 08:00-18:00, sat 09:00-12:00 and 13:00-15:00 -> "
            "mon-fri 07:30-18:00, sat 09:00-12:00 and 13:00-15:00"
        ],
    ),
    (
        "date = 2026-12-28",
        "date = 2027-01-01",
        [
            "remove holiday of Hillside: Boxing Day on 2026-12-28",
            "add holiday of Hillside: Boxing Day on 2027-01-01",
        ],
    ),
    ("hold_minutes = 7", "hold_minutes = 9", ["change rule hold_minutes: 7 -> 9"]),
    ("hold_minutes = 7", "", ["remove rule hold_minutes: 7; its default holds"]),
    (
        "hold_minutes = 7",
        "hold_minutes = 7\nhorizon_days = 60",
        ["add rule horizon_days: 60"],
    ),
    ("price = 45.50", "price = 50", ["change visit type consultation: price 45.50 -> 50.00"]),
    (
        'cy = "ymarfer cyffredinol"',
        'cy = "meddyg teulu"',
        [
            "change specialty general_practice: names "
            "en general practice, cy ymarfer cyffredinol -> en general practice, cy meddyg teulu"
        ],
    ),
    (
        'first_name = "Anwen"',
        'first_name = "Anna"',  # The same licence: the same person.
        ["change practitioner Dr Anna Rees: first name Anwen -> Anna"],
    ),
    (
        'hours = { fri = "10:00-16:00" }',
        'hours = { thu-fri = "10:00-15:00" }',
        [
            "change hours of Mr Idris Vaughan: "
            "Hillside fri 10:00-16:00 -> Hillside thu-fri 10:00-15:00"
        ],
    ),
    (
        'hours = { fri = "10:00-16:00" }',
        'hours = { fri = "10:00-19:00" }',
        [
            "change hours of Mr Idris Vaughan: "
            "Hillside fri 10:00-16:00 -> Hillside fri 10:00-19:00",
            "note: Mr Idris Vaughan works at Hillside fri 10:00-19:00, outside its opening hours",
        ],
    ),
    (
        'mon-thu = "12:30-13:15"',
        'mon-thu = "12:30-13:00"',
        [
            "change breaks of Dr Anwen Rees: "
            "Hillside mon-thu 12:30-13:15 -> Hillside mon-thu 12:30-13:00"
        ],
    ),
    (ABSENCE, "", ["remove absence of Dr Anwen Rees: 2026-12-21 to 2027-01-03"]),
    (
        ABSENCE,
        ABSENCE + '[[practitioners.absences]]\ndate_from = 2026-12-01\nhours = "09:00-10:00"\n\n',
        ["add absence of Dr Anwen Rees: 2026-12-01 09:00-10:00"],
    ),
    (
        "minutes = 30, fee = 20",
        "minutes = 45",
        [
            "remove visit types of Dr Anwen Rees: smear (30 minutes, fee 20.00)",
            "add visit types of Dr Anwen Rees: smear (45 minutes)",
        ],
    ),
    (VAUGHAN, "", ["deactivate practitioner Mr Idris Vaughan"]),
    (
        VAUGHAN,
        VAUGHAN + VAUGHAN.replace("Idris", "Owen").replace("hours", "# hours"),
        [
            "add practitioner Mr Owen Vaughan",
            "add specialties of Mr Owen Vaughan: general_practice",
            "note: Mr Owen Vaughan has no hours and can't be booked",
        ],
    ),
]
