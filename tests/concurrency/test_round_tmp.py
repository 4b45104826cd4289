import time
from tests.concurrency.test_herd import *
def test_round(database, clinic):
    p = some_patients(database, 200)
    t=[]
    for slot in slots_of_a_day(clinic, 5):
        a=time.perf_counter(); o=rush(database,200,BookSlot(slot,p)); t.append(round(time.perf_counter()-a,2))
        assert o==one_of(200,"SlotTaken")
    print(database.is_sqlite, t)
