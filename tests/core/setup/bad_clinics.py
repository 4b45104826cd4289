"""Mistakes in the small clinic's file, and what is said of each: data for test_reading.py."""

# (what stands in the file, what is written instead, the one problem that is reported)
BAD = [
    (
        'name = "Hillside Surgery"',
        "name = 5",
        "2: organization.name: expected text in quotes, got 5",
    ),
    (
        'name = "Hillside Surgery"',
        'name = " "',
        '2: organization.name: expected some text, got " "',
    ),
    (
        'name = "Hillside Surgery"',
        'name = "two\\nlines"',
        '2: organization.name: expected text on one line, got "two\nlines"',
    ),
    (
        'country = "GB"',
        'country = "UK"',
        '3: organization.country: expected a country of two letters such as "US" '
        '(ISO 3166), got "UK"',
    ),
    (
        'currency = "GBP"',
        'currency = "£"',
        '4: organization.currency: expected a currency of three letters such as "USD", got "£"',
    ),
    ('["en", "cy"]', "[]", "5: organization.languages: expected at least one, got a list"),
    ('["en", "cy"]', '"en"', '5: organization.languages: expected a list, got "en"'),
    (
        "hold_minutes = 7",
        "hold_minuets = 7",
        '8: rules.hold_minuets: unknown rule; did you mean "hold_minutes"?',
    ),
    (
        "hold_minutes = 7",
        'hold_minutes = "7"',
        '8: rules.hold_minutes: expected a whole number, got "7"',
    ),
    (
        "hold_minutes = 7",
        "hold_minutes = -7",
        "8: rules.hold_minutes: expected a number not below 0, got -7",
    ),
    (
        "hold_minutes = 7",
        "hold_minutes = true",
        "8: rules.hold_minutes: expected a whole number, got true",
    ),
    (
        "hold_minutes = 7",
        'staff_chat_detail = "everything"',
        '8: rules.staff_chat_detail: expected "minimal" or "full", got "everything"',
    ),
    (
        'zone = "Europe/London"',
        'zone = "Europe/Lodnon"',
        '13: locations[0].zone: expected a time zone such as "Europe/Madrid", '
        'got "Europe/Lodnon"; did you mean "Europe/London"?',
    ),
    (
        'zone = "Europe/London"',
        'zone = "../../etc/passwd"',
        '13: locations[0].zone: expected a time zone such as "Europe/Madrid", '
        'got "../../etc/passwd"',
    ),
    (
        'phone = "020 7946 0000"',
        'phone = "call us"',
        '14: locations[0].phone: expected a phone number such as "+1 415 555 0100", got "call us"',
    ),
    (
        'mon-fri = "08:00-18:00"',
        'mon-fir = "08:00-18:00"',
        '17: locations[0].opening_hours.mon-fir: expected days such as mon, mon-fri or "mon, wed", '
        'got "mon-fir"',
    ),
    (
        'mon-fri = "08:00-18:00"',
        'fri-mon = "08:00-18:00"',
        '17: locations[0].opening_hours.fri-mon: expected days such as mon, mon-fri or "mon, wed", '
        'got "fri-mon"',
    ),
    (
        '"13:00-15:00"] }',
        '"11:00-15:00"] }',
        "17: locations[0].opening_hours.sat: expected hours that do not overlap, "
        "got 09:00-12:00 and 11:00-15:00",
    ),
    (
        '{ mon-fri = "08:00-18:00", ',
        '{ mon-fri = "08:00-18:00", tue = "19:00-20:00", ',
        "17: locations[0].opening_hours.tue: expected each day once, got tue again",
    ),
    (
        "date = 2026-12-25",
        'date = "25 December"',
        '19: locations[0].holidays[0].date: expected a date such as 2025-12-25, got "25 December"',
    ),
    (
        "date = 2026-12-25",
        "date = 2026-12-25T00:00:00",
        "19: locations[0].holidays[0].date: expected a date such as 2025-12-25, "
        "got 2026-12-25T00:00:00",
    ),
    (
        "date = 2026-12-28",
        "date = 2026-12-25",
        "20: locations[0].holidays[1].date: expected each once, got 2026-12-25 again (as in [0])",
    ),
    (
        'names = { en = "general practice", cy',
        "names = { cy",
        "29: specialties[0].names: expected a name in the clinic's first language (en), got cy",
    ),
    (
        'words = { en = ["family doctor"] }',
        "age_from = 18\nage_until = 17",
        "31: specialties[0].age_until: expected age_from (18) or later, got 17",
    ),
    (
        'phone = "020 7946 0000"',
        'phone = "020 7946 0000"\nparking = 5',
        "15: locations[0].parking: expected text in quotes, or one for each language: "
        '{ en = "...", es = "..." }, got 5',
    ),
    (
        'phone = "020 7946 0000"',
        'phone = "020 7946 0000"\nparking = { cy = "Am ddim" }',
        "15: locations[0].parking: expected a text in the clinic's first language (en), got cy",
    ),
    (
        "price = 45.50",
        'price = "45.50"',
        '37: visit_types[0].price: expected an amount such as 120 or 120.50, got "45.50"',
    ),
    (
        "price = 45.50",
        "price = 45.505",
        "37: visit_types[0].price: expected an amount such as 120 or 120.50, got 45.505",
    ),
    (
        "price = 45.50",
        "price = nan",
        "37: visit_types[0].price: expected an amount such as 120 or 120.50, got NaN",
    ),
    (
        "price = 45.50",
        "price = true",
        "37: visit_types[0].price: expected an amount such as 120 or 120.50, got true",
    ),
    (
        'kind = "procedure"',
        'kind = "surgery"',
        '42: visit_types[1].kind: expected "consultation", "follow_up", "check_up", "emergency", '
        '"procedure" or "other", got "surgery"',
    ),
    (
        "default = true",
        "default = false",
        "32: visit_types: expected exactly one with default = true, got 0",
    ),
    (
        "price = 45.50",
        "price = 45\nage_from = 18\nage_until = 12",
        "39: visit_types[0].age_until: expected age_from (18) or later, got 12",
    ),
    (
        'first_name = "Anwen"\n',
        "",
        "44: practitioners[0].first_name: expected a value, it is missing",
    ),
    (
        "slot_minutes = 15",
        "slot_minute = 15\nslot_minutes = 15",
        '52: practitioners[0].slot_minute: unknown key; did you mean "slot_minutes"?',
    ),
    (
        "slot_minutes = 15",
        "slot_minutes = 0",
        "52: practitioners[0].slot_minutes: expected a number above 0, got 0",
    ),
    (
        '["general_practice"]\ndepartments',
        '["general_practise"]\ndepartments',
        "50: practitioners[0].specialties[0]: expected a known specialty, "
        'got "general_practise"; did you mean "general_practice"?',
    ),
    (
        '["general_practice"]\ndepartments',
        '["general_practice", "general_practice"]\ndepartments',
        '50: practitioners[0].specialties[1]: expected each once, got "general_practice" again '
        "(as in [0])",
    ),
    (
        """departments = ["Women's health"]""",
        'departments = ["X-ray"]',
        '51: practitioners[0].departments[0]: expected a known department, got "X-ray" '
        "(there are: Women's health)",
    ),
    (
        '{ code = "smear", minutes',
        '{ code = "smaer", minutes',
        "53: practitioners[0].visit_types[1].code: expected a known visit type, "
        'got "smaer"; did you mean "smear"?',
    ),
    (
        'mon-thu = "09:00-17:00"',
        'mon-thu = "9 to 5"',
        '56: practitioners[0].hours.mon-thu: expected hours such as "09:00-17:00", got "9 to 5"',
    ),
    (
        'mon-thu = "09:00-17:00"',
        'mon-thu = "17:00-09:00"',
        "56: practitioners[0].hours.mon-thu: expected an end after the start, "
        '"24:00" at the latest, got "17:00-09:00"',
    ),
    (
        'mon-thu = "09:00-17:00"',
        'mon-thu = "24:00-24:00"',
        '56: practitioners[0].hours.mon-thu: expected hours such as "09:00-17:00", '
        'got "24:00-24:00"',
    ),
    (
        'mon-thu = "09:00-17:00"',
        'mon-thu = "09:00-24:30"',
        '56: practitioners[0].hours.mon-thu: expected hours such as "09:00-17:00", '
        'got "09:00-24:30"',
    ),
    (
        'mon-thu = "12:30-13:15"',
        'mon = "16:30-17:15"',
        "59: practitioners[0].breaks: expected breaks inside the hours, got mon 16:30-17:15",
    ),
    (
        'hours = { fri = "10:00-16:00" }',
        'hours = { fri = "10:00-16:00" }\nvalid_from = 2027-01-01\nvalid_to = 2026-12-31',
        "75: practitioners[1].valid_to: expected valid_from (2027-01-01) or later, got 2026-12-31",
    ),
    (
        'hours = { fri = "10:00-16:00" }',
        'hours = { "fri, fri" = "10:00-16:00" }',
        '73: practitioners[1].hours."fri, fri": expected each day once, got fri again',
    ),
    (
        'hours = { fri = "10:00-16:00" }',
        'hours = { fri = ["10:00-16:00", "15:00-18:00"] }',
        "73: practitioners[1].hours.fri: expected hours that do not overlap, "
        "got 10:00-16:00 and 15:00-18:00",
    ),
    (
        "date_to = 2027-01-03",
        "date_to = 2026-01-03",
        "64: practitioners[0].absences[0].date_to: expected date_from (2026-12-21) or later, "
        "got 2026-01-03",
    ),
    (
        'reason = "Leave"',
        'hours = "14:00-12:00"',
        "65: practitioners[0].absences[0].hours: expected an end after the start, "
        '"24:00" at the latest, got "14:00-12:00"',
    ),
    (
        'hours = { fri = "10:00-16:00" }',
        'hours = "fri 10:00-16:00"',
        '73: practitioners[1].hours: expected a table such as { mon-fri = "09:00-17:00" }, '
        'got "fri 10:00-16:00"',
    ),
    (
        'hours = { fri = "10:00-16:00" }',
        'location = "Hilside"\nhours = { fri = "10:00-16:00" }',
        "73: practitioners[1].location: expected a known location, "
        'got "Hilside"; did you mean "Hillside"?',
    ),
    (
        'hours = { fri = "10:00-16:00" }',
        'hours = { fri = "10:00-16:00" }\nfurther_hours = [{ hours = { fri = "15:00-17:00" } }]',
        "74: practitioners[1].further_hours[0].hours: expected hours beside the others, "
        "got fri again",
    ),
    (
        'first_name = "Idris"\nlast_name = "Vaughan"',
        'first_name = "anwen"\nlast_name = "Rees"',
        '69: practitioners[1].first_name: expected each once, got "anwen Rees" again (as in [0])',
    ),
    (
        'last_name = "Vaughan"',
        'last_name = "Vaughan"\nlicence_number = "GMC 1"',
        '71: practitioners[1].licence_number: expected each once, got "GMC 1" again (as in [0])',
    ),
    (
        'last_name = "Vaughan"',
        'last_name = "Vaughan"\nemail = "idris"',
        '71: practitioners[1].email: expected an e-mail address, got "idris"',
    ),
]
