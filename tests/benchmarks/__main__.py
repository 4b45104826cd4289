"""`make bench`: every benchmark, one after the other."""

from tests.benchmarks import tail, turns

turns.main()
tail.main()
