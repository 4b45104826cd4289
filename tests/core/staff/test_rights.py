"""Who may do what: the table, walked."""

from dataclasses import replace
from itertools import product

import pytest

from core.models.staff import Role
from core.staff.rights import NEEDS_PIN, RIGHTS, Deed, Extent, Grant, Sphere, may_invite, sphere_of

EVERYWHERE = {role: (Grant(role),) for role in Role}


def test_every_deed_has_its_row() -> None:
    assert set(RIGHTS) == set(Deed)
    assert set(NEEDS_PIN) <= set(Deed)


@pytest.mark.parametrize("deed", Deed)
def test_who_has_no_role_may_do_nothing(deed: Deed) -> None:
    assert sphere_of(deed, (), 7) is None
    assert sphere_of(deed, (), 7, practitioners_see_all=True) is None


@pytest.mark.parametrize(("deed", "role"), [*product(Deed, Role)])
def test_a_role_reaches_as_far_as_its_row_says(deed: Deed, role: Role) -> None:
    sphere = sphere_of(deed, EVERYWHERE[role], 7)
    match RIGHTS[deed].get(role):
        case None:
            assert sphere is None
        case Extent.OWN:
            assert sphere == Sphere(role, practitioners=frozenset({7}))
        case Extent.PLACES:
            assert sphere == Sphere(role, everywhere=True)


@pytest.mark.parametrize(("deed", "role"), [*product(Deed, (Role.ADMIN, Role.RECEPTIONIST))])
def test_a_role_for_a_place_ends_there(deed: Deed, role: Role) -> None:
    sphere = sphere_of(deed, (Grant(role, location_id=3),), None)
    if role in RIGHTS[deed]:
        assert sphere is not None
        assert sphere.covers(7, 3)
        assert not sphere.covers(7, 4)
    else:
        assert sphere is None


def test_a_role_for_a_department_ends_there() -> None:
    sphere = sphere_of(Deed.SEE_DAY, (Grant(Role.RECEPTIONIST, department_id=5),), None)
    assert sphere is not None
    assert sphere.departments == {5}
    there = replace(sphere, posts=frozenset({(7, 3)}))
    assert there.covers(7, 3)
    assert not there.covers(7, 4)
    assert not there.covers(8, 3)


def test_a_super_admins_places_are_all_of_them() -> None:
    sphere = sphere_of(Deed.SEE_DAY, (Grant(Role.SUPER_ADMIN, location_id=3),), None)
    assert sphere == Sphere(Role.SUPER_ADMIN, everywhere=True)


def test_several_roles_reach_as_far_as_all_of_them() -> None:
    grants = (Grant(Role.PRACTITIONER), Grant(Role.RECEPTIONIST, location_id=3))
    sphere = sphere_of(Deed.SEE_DAY, grants, 7)
    assert sphere is not None
    assert sphere.covers(7, 9)
    assert sphere.covers(8, 3)
    assert not sphere.covers(8, 9)


def test_a_practitioner_who_is_nobody_in_the_calendar_sees_nobody() -> None:
    assert sphere_of(Deed.SEE_DAY, (Grant(Role.PRACTITIONER),), None) is None
    assert sphere_of(Deed.OWN_CHAT, (Grant(Role.PRACTITIONER),), None) is not None


def test_where_the_clinic_says_so_practitioners_see_all_of_where_they_work() -> None:
    here = (Grant(Role.PRACTITIONER, location_id=3),)
    sphere = sphere_of(Deed.SEE_DAY, here, 7, practitioners_see_all=True)
    assert sphere == Sphere(Role.PRACTITIONER, locations=frozenset({3}))
    anywhere = sphere_of(Deed.SEE_DAY, EVERYWHERE[Role.PRACTITIONER], 7, practitioners_see_all=True)
    assert anywhere == Sphere(Role.PRACTITIONER, everywhere=True)


ADMIN_HERE = Grant(Role.ADMIN, location_id=3)


@pytest.mark.parametrize(
    ("inviter", "invited", "may"),
    [
        (Grant(Role.SUPER_ADMIN), Grant(Role.SUPER_ADMIN), True),
        (Grant(Role.ADMIN), Grant(Role.SUPER_ADMIN), False),
        (Grant(Role.ADMIN), Grant(Role.ADMIN), True),
        (ADMIN_HERE, Grant(Role.RECEPTIONIST, location_id=3), True),
        (ADMIN_HERE, Grant(Role.RECEPTIONIST, location_id=4), False),
        (ADMIN_HERE, Grant(Role.RECEPTIONIST), False),
        (Grant(Role.RECEPTIONIST), Grant(Role.RECEPTIONIST), False),
    ],
)
def test_nobody_opens_to_others_what_is_not_open_to_them(
    inviter: Grant, invited: Grant, may: bool
) -> None:
    assert may_invite((inviter,), (invited,)) is may
