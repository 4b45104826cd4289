"""`[[staff]]` in clinic.toml, and its rows: who may do what; who is told of alarms, where, and in
which order."""

# pydantic copies defaults; ruff does not see from here that a Section is one of its models.
# ruff: noqa: RUF012

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, field_validator
from sqlalchemy import Row, select, update

from core.database.types import has_keys, keyring_of
from core.database.upsert import insert_new
from core.models import addresses, new_public_id, staff
from core.models.people import AddressState
from core.models.staff import Role, StaffSource
from core.setup.changes import ChangeKind, SetUp, Wanted
from core.setup.offers import Ids
from core.setup.section import Positive, Section
from core.setup.values import (
    DepartmentName,
    Email,
    Language,
    Line,
    LocationName,
    Phone,
    PractitionerName,
    known,
    refuse,
    shape,
)
from core.staff.members import give_roles
from core.staff.rights import Grant

Username = Annotated[
    str, shape(r"[a-z][a-z0-9._-]*", 'a name of small letters and digits such as "anna"')
]
ChatId = Annotated[str, shape(r"-?\d{1,20}", 'the number of a chat such as "123456789"')]


def _role(word: object) -> object:
    if word not in list(Role):
        refuse(f"one of {', '.join(Role)}", word)
    return Role(str(word))


class GivenRole(Section):
    """A role, and where; without a place it is in the whole organization."""

    role: Annotated[Role, BeforeValidator(_role)]
    location: LocationName | None = None
    department: DepartmentName | None = None  # At that location, or the only one of that name.

    @field_validator("department")
    @classmethod
    def _is_one(cls, name: str | None, info: ValidationInfo) -> str | None:
        several = name is not None and known(info).departments.count(name) > 1
        if several and info.data.get("location") is None:
            refuse("the location, too: several have that department", name)
        return name

    @field_validator("location")
    @classmethod
    def _is_limited(cls, place: str | None, info: ValidationInfo) -> str | None:
        if place is not None and info.data.get("role") is Role.SUPER_ADMIN:
            refuse("a super admin without a location: theirs are all", place)
        return place


def _as_role(written: object) -> object:
    return {"role": written} if isinstance(written, str) else written


class StaffMember(Section):
    username: Username
    first_name: Line
    last_name: Line
    email: Email | None = None
    phone: Phone | None = None
    telegram: ChatId | None = None
    language: Language | None = None
    alarms: Positive | None = None  # 1 is told first; None: of no alarm.
    roles: list[Annotated[GivenRole, BeforeValidator(_as_role)]] = []  # None: may do nothing.
    practitioner: PractitionerName | None = None  # Whose calendar and patients are theirs.

    @field_validator("telegram")
    @classmethod
    def _one_way(cls, chat: str | None, info: ValidationInfo) -> str | None:
        if chat is not None and info.data.get("phone") is not None:
            refuse("a phone or a Telegram chat, where alarms go, not both", chat)
        return chat

    @field_validator("alarms")
    @classmethod
    def _there_is_a_way(cls, position: int | None, info: ValidationInfo) -> int | None:
        unread = {"phone", "telegram"} - info.data.keys()  # That is the mistake, and is reported.
        if position is not None and not unread and not cls.way(info.data):
            refuse("alarms together with a phone or a Telegram chat", position)
        return position

    @staticmethod
    def way(data: dict[str, str | None]) -> tuple[str, str] | None:
        """Return channel and address, None where there is none."""
        ways = (("sms", data.get("phone")), ("telegram", data.get("telegram")))
        return next(((channel, at) for channel, at in ways if at), None)

    @property
    def reached_at(self) -> tuple[str, str] | None:
        return self.way({"phone": self.phone, "telegram": self.telegram})


def bring_staff(
    run: SetUp, members: list[StaffMember], ids: Ids, practitioners: Mapping[str, int]
) -> None:
    """Addresses are encrypted: without the keys they wait for a set-up that has them. Whoever was
    added at the desk stays. `practitioners`: first and last name -> id."""
    before = {
        row.username: row.address_id
        for row in run.connection.execute(select(staff.c.username, staff.c.address_id))
    }
    wanted = [
        Wanted(
            member.username,
            {
                **member.model_dump(include={"username", "first_name", "last_name", "email"}),
                "language": member.language,
                "alarm_position": member.alarms,
                "practitioner_id": practitioners.get(member.practitioner or ""),
                "source": StaffSource.FILE,
            },
            (("username",),),
            {"public_id": new_public_id()},
        )
        for member in members
    ]
    rows = run.bring("staff", staff, wanted, lambda row: str(row.username), _is_of_desk)
    for member, staff_id in zip(members, rows, strict=True):
        changed = give_roles(run.connection, staff_id, _grants(member, ids), run.now)
        if changed and member.username in before:
            run.record(ChangeKind.CHANGE, f"staff {member.username}: other roles")
    if not has_keys(run.connection.dialect):
        _put_off(run, members)
        return
    for member, staff_id in zip(members, rows, strict=True):
        address_id = _address(run, member)
        if address_id == before.get(member.username):
            continue
        mine = update(staff).where(staff.c.id == staff_id)
        run.connection.execute(mine.values(address_id=address_id, updated_at=run.now))
        if member.username in before:
            run.record(ChangeKind.CHANGE, f"staff {member.username}: is told elsewhere")


def _is_of_desk(row: Row[Any]) -> bool:
    return bool(row.source == StaffSource.DESK)


def _grants(member: StaffMember, ids: Ids) -> list[Grant]:
    return [
        Grant(
            given.role,
            ids.places[given.location] if given.location and not given.department else None,
            _department(given, ids) if given.department else None,
        )
        for given in member.roles
    ]


def _department(given: GivenRole, ids: Ids) -> int:
    place = ids.places[given.location] if given.location else None
    return next(
        department_id
        for (location_id, name), department_id in ids.departments.items()
        if name == given.department and place in (None, location_id)
    )


def _put_off(run: SetUp, members: list[StaffMember]) -> None:
    cut_off = [member.username for member in members if member.reached_at]
    if cut_off:
        text = (
            "where staff are told is encrypted; set SECRET_KEY and ENCRYPTION_KEY and run it again"
        )
        run.say(ChangeKind.NOTE, f"{', '.join(cut_off)}: {text}")


def _address(run: SetUp, member: StaffMember) -> int | None:
    """Return the row of that address, made if need be; it may be a patient's, too."""
    if member.reached_at is None:
        return None
    channel, address = member.reached_at
    digest = keyring_of(run.connection.dialect).hash_address((channel, address))
    known = select(addresses.c.id).where(
        addresses.c.channel == channel, addresses.c.address_hash == digest
    )
    found: int | None = run.connection.scalar(known)
    return found or insert_new(
        run.connection,
        addresses,
        {
            "channel": channel,
            "address": address,
            "address_hash": digest,
            "state": AddressState.GOOD,
            "created_at": run.now,
            "updated_at": run.now,
        },
    )
