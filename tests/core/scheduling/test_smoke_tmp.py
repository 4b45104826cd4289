import sys, time
from datetime import timedelta
from core.scheduling.availability import *
from core.scheduling.booking import *
from core.models.appointments import ActorKind
from core.rules import Rules
from tests.builders import NOW
def test_smoke(clinic, database):
    a = Actor(ActorKind.PATIENT, clinic.address_id, "sms")
    r = Rules()
    with database.transaction() as c:
        s = find_slots(c, Search(practitioner_ids=frozenset({clinic.patel_id}), limit=3), now=NOW, rules=r)
        print(s)
        h = hold(c, s[0], conversation_id=clinic.conversation_id, patient_id=clinic.patient_id, actor=a, now=NOW, rules=r)
        b = book(c, s[0], conversation_id=clinic.conversation_id, patient_id=clinic.patient_id, actor=a, now=NOW, rules=r, open_visits_limit=5)
        assert b.id == h.id
        h2 = hold(c, s[1], conversation_id=clinic.conversation_id, patient_id=None, actor=a, now=NOW, rules=r, moves_id=b.id)
        m = move(c, b.id, s[1], version=b.version, actor=a, now=NOW, rules=r, conversation_id=clinic.conversation_id)
        assert m.starts_at == s[1].starts_at
        assert [x.id for x in upcoming(c, patient_ids=[clinic.patient_id], now=NOW)] == [b.id]
        x = cancel(c, m.id, version=m.version, actor=a, now=NOW)
        assert get(c, m.public_id) == x
        assert upcoming(c, patient_ids=[clinic.patient_id], now=NOW) == []
