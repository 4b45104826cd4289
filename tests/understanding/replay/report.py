"""How many of the recorded patients get what they wanted from our desk, and who does not."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.understanding.replay import sgd, star
from tests.understanding.replay.clinic import migrated
from tests.understanding.replay.play import Played, play
from tests.understanding.replay.scene import Scene


def scenes() -> tuple[Scene, ...]:
    return (*star.scenes(), *sgd.scenes())


def played(wanted: Iterable[Scene]) -> Iterator[Played]:
    """Play every scene that is not excluded, each in a clinic of its own."""
    with migrated() as empty:
        for scene in wanted:
            if scene.excluded is None:
                yield play(scene, empty)


def show(errors: int) -> None:
    """Print the share, the excluded recordings with their reasons, and what went wrong."""
    everything = scenes()
    excluded = [scene for scene in everything if scene.excluded]
    results = list(played(everything))
    reached, counted = _by_source(each for each in results if each.reached), _by_source(results)
    print(f"\ndialogues: {len(everything)} recordings, {len(excluded)} excluded")
    for source, count in sorted(counted.items()):
        print(f"  {source:5} {100 * reached[source] / count:5.1f} %  of {count:4}")
    share = 100 * sum(reached.values()) / len(results)
    print(f"  of all of them {share:.1f} % reach what the patient wanted")
    for scene in excluded:
        print(f"  left out: {scene.id}: {scene.excluded}")
    for each in [each for each in results if not each.reached][:errors]:
        print(f"{each.scene.id} | wanted {each.scene.wanted} | {each.failure}")
        print("\n".join(f"    {line}" for line in each.lines))


def _by_source(results: Iterable[Played]) -> Counter[str]:
    return Counter(each.scene.id.partition(":")[0] for each in results)
