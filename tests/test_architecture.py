"""The house stands as docs/architecture.md says: imports point one way, and what is delicate has
one home. Each rule has its control: a violation that is planted is noticed.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ("bot", "core", "webhooks")
STANDARD_LIBRARY = frozenset(sys.stdlib_module_names)

# Folder -> what nothing in it may import.
FORBIDDEN: Mapping[str, frozenset[str]] = {
    "core": frozenset(
        {"bot", "webhooks", "flask", "werkzeug", "gunicorn", "telegram", "twilio", "apscheduler"}
        | {"babel", "rapidfuzz", "click", "sqlalchemy.orm"}
    ),
    "bot": frozenset({"webhooks", "flask", "werkzeug", "gunicorn", "sqlalchemy.orm"}),
    "bot/dialogue": frozenset(
        {"core", "webhooks", "sqlalchemy", "flask", "telegram", "twilio", "random", "time", "os"}
    ),
    "bot/understanding": frozenset(
        {"core", "webhooks", "sqlalchemy", "flask", "telegram", "twilio", "random", "time", "os"}
    ),
    "webhooks": frozenset({"sqlalchemy.orm", "apscheduler", "babel", "rapidfuzz"}),
}

# Folder -> all that it may import beside the standard library.
PURE: Mapping[str, frozenset[str]] = {
    "bot/dialogue": frozenset(
        {"bot.dialogue", "bot.directory", "bot.messages", "bot.understanding.values"}
    ),
    "bot/understanding": frozenset(
        {"bot.understanding", "bot.directory", "bot.messages"}
        | {"babel", "rapidfuzz", "phonenumbers"}
    ),
}

# Package -> the only places (files or folders) that may import it.
AT_HOME: Mapping[str, tuple[str, ...]] = {
    "alembic": ("core/database/migrate.py", "core/migrations"),
    "apscheduler": ("bot/worker.py",),
    "babel": ("bot/phrases", "bot/understanding"),
    "click": ("bot/cli", "webhooks/server.py", "webhooks/demo.py"),
    "cryptography": ("core/keys.py",),
    "flask": ("webhooks",),
    "gunicorn": ("webhooks/server.py",),
    "matplotlib": ("bot/charts.py",),
    "phonenumbers": ("core/phone.py", "bot/understanding"),
    "rapidfuzz": ("bot/understanding",),
    "telegram": (
        "bot/senders/telegram.py",
        "bot/senders/telegram_menu.py",
        "bot/senders/telegram_webhook.py",
        "webhooks/telegram.py",
        "webhooks/polling.py",
    ),
    "twilio": ("bot/senders/twilio.py", "bot/senders/twilio_content.py", "webhooks/twilio.py"),
    "twilio.rest": ("bot/senders/twilio.py", "bot/senders/twilio_content.py"),
}

# Who looks at the environment, and why. `core/config.py` does so through pydantic-settings.
ENVIRONMENT = {
    "bot/charts.py": "where matplotlib keeps its fonts can be said nowhere else",
    "webhooks/demo.py": "its children inherit all but the variables of a real clinic",
    "bot/senders/telegram.py": "a switch of the library that can be set nowhere else",
}

# Who may catch everything, and why. Everybody else names what they expect.
CATCHES_ALL = {
    "bot/desk.py": "a patient is told and the log keeps the cause; no message may stop the desk",
    "bot/delivery.py": "a message whose sending broke off must not stop the others",
    "bot/elsewhere.py": "one that can't be said elsewhere must not stop the others",
    "bot/lookups.py": "one that can't be looked up must not stop the others",
    "bot/broadcasts.py": "one copy that can't be said must not stop the others",
    "bot/agenda.py": "what can't be said must not stop the others",
    "bot/reminders.py": "a reminder that can't be said must not stop the others",
    "bot/handovers.py": "an alarm that can't be passed on must not stop the others",
    "bot/staff/telling/ticks.py": "one of staff who can't be told must not stop the others",
    "bot/worker.py": "a tick that fails must not stop the others",
    "webhooks/polling.py": "a round that fails is tried again; the thread must not end",
}

# Who opens transactions in `core`; everybody else there takes the caller's connection.
OPENS_TRANSACTIONS = {
    "core/database/connect.py": "where transactions are made",
    "core/database/migrate.py": "a migration is a transaction of its own",
    "core/setup/run.py": "so is a set-up",
    "core/setup/history.py": "so is the demo's made-up past",
}

CLOCKS = {"now", "today", "utcnow"}


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    for folder in folders:
        path = root / folder
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def tree_of(path: Path) -> ast.AST:
    return _parsed(path.read_text(encoding="utf-8"), str(path))


@cache  # Rule after rule looks at the same files.
def _parsed(text: str, path: str) -> ast.AST:
    return ast.parse(text, path)


def imports(path: Path) -> set[str]:
    """Return the dotted names that a file imports, wherever in it: `from a import b` is "a.b"."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(name: str, packages: frozenset[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def place(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


# Each rule returns what violates it under `root`, in words.


def wrong_way(root: Path) -> list[str]:
    return [
        f"{place(path, root)} imports {name}"
        for folder, forbidden in FORBIDDEN.items()
        for path in python_files(root, folder)
        for name in sorted(imports(path))
        if within(name, forbidden)
    ]


def impure(root: Path) -> list[str]:
    return [
        f"{place(path, root)} imports {name}"
        for folder, allowed in PURE.items()
        for path in python_files(root, folder)
        for name in sorted(imports(path))
        if not within(name, allowed | STANDARD_LIBRARY)
    ]


def not_at_home(root: Path) -> list[str]:
    return [
        f"{place(path, root)} imports {name}"
        for path in python_files(root, *HOUSE)
        for name in sorted(imports(path))
        for package, homes in AT_HOME.items()
        if within(name, frozenset({package}))
        and not any(place(path, root) == home or home in _folders(path, root) for home in homes)
    ]


def _folders(path: Path, root: Path) -> set[str]:
    return {parent.as_posix() for parent in path.relative_to(root).parents}


def _looks_at_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(
            alias.name in ("environ", "environb", "getenv", "putenv") for alias in node.names
        )
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("environ", "environb", "getenv", "putenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def _catches_all(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))
        for kind in kinds
    )


def _opens_transaction(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("transaction", "begin", "commit")
    )


def _asks_the_time(node: ast.AST) -> bool:
    """`datetime.now()`, `date.today()`, `time.time()`; not `core.clock.now()`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    owner = ast.unparse(node.func.value)
    if owner.split(".")[-1] in ("datetime", "date", "dt"):
        return node.func.attr in CLOCKS
    return owner == "time" and node.func.attr in ("time", "time_ns")


def having(
    test: Callable[[ast.AST], bool], root: Path, folders: tuple[str, ...] = HOUSE
) -> dict[str, int]:
    """Return how often each file has such a thing."""
    counts = {
        place(path, root): sum(test(node) for node in ast.walk(tree_of(path)))
        for path in python_files(root, *folders)
    }
    return {name: count for name, count in counts.items() if count}


def test_imports_point_one_way() -> None:
    assert wrong_way(ROOT) == []


def test_dialogue_and_understanding_are_pure() -> None:
    assert impure(ROOT) == []


def test_each_library_is_used_where_it_belongs() -> None:
    assert not_at_home(ROOT) == []


def test_each_home_of_a_library_is_used() -> None:
    """A list that names more than there is hides the next mistake."""
    for package, homes in AT_HOME.items():
        for home in homes:
            used = {name for path in python_files(ROOT, home) for name in imports(path)}
            assert any(within(name, frozenset({package})) for name in used), (package, home)


def test_the_environment_is_read_in_one_place() -> None:
    assert set(having(_looks_at_environment, ROOT)) == set(ENVIRONMENT)


def test_nobody_catches_everything_without_a_reason() -> None:
    assert having(_catches_all, ROOT) == dict.fromkeys(CATCHES_ALL, 1)


def test_in_core_hardly_anybody_opens_a_transaction() -> None:
    assert set(having(_opens_transaction, ROOT, ("core",))) == set(OPENS_TRANSACTIONS)


def test_the_desk_opens_one_transaction_for_a_message() -> None:
    opened = having(_opens_transaction, ROOT, ("bot",))
    assert opened["bot/desk.py"] == 1
    assert not {"bot/reception.py", "bot/optout.py", "bot/clinic.py"} & set(opened)


def test_time_enters_in_one_place() -> None:
    assert having(_asks_the_time, ROOT) == {"core/clock.py": 1}


# Controls.


@pytest.fixture
def plant(tmp_path: Path) -> Callable[[str, str], Path]:
    """Puts a file into a house of its own and returns that house."""

    def plant(where: str, text: str) -> Path:
        path = tmp_path / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path

    return plant


Plant = Callable[[str, str], Path]


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_control_an_import_that_points_the_wrong_way_is_noticed(folder: str, plant: Plant) -> None:
    for name in FORBIDDEN[folder]:
        parent, _, child = name.rpartition(".")
        inside = f"from {parent} import {child}" if parent else f"import {name}.something"
        house = plant(f"{folder}/deep/down.py", f"def late():\n    {inside}\n")
        assert any(name in found for found in wrong_way(house)), name


@pytest.mark.parametrize("folder", PURE)
@pytest.mark.parametrize("name", ["requests", "core.clock", "bot.reception", "flask"])
def test_control_an_impure_import_is_noticed(folder: str, name: str, plant: Plant) -> None:
    parent, _, child = name.rpartition(".")
    line = f"from {parent} import {child}" if parent else f"import {name}"
    assert impure(plant(f"{folder}/planted.py", f"import json\n{line}\n")) == [
        f"{folder}/planted.py imports {name}"
    ]


@pytest.mark.parametrize("package", AT_HOME)
def test_control_a_library_far_from_home_is_noticed(package: str, plant: Plant) -> None:
    line = f"from {package} import something\n"
    abroad = "core/planted.py"
    house = plant(abroad, line)
    assert f"{abroad} imports {package}.something" in not_at_home(house)
    (house / abroad).unlink()
    home = AT_HOME[package][0]
    assert not_at_home(plant(home if home.endswith(".py") else f"{home}/planted.py", line)) == []


@pytest.mark.parametrize(
    "text",
    [
        'import os\nos.environ["A"]',
        'import os\nos.getenv("A")',
        "from os import environ",
    ],
)
def test_control_a_look_at_the_environment_is_noticed(text: str, plant: Plant) -> None:
    house = plant("core/planted.py", f"{text}\n")
    assert having(_looks_at_environment, house) == {"core/planted.py": 1}


@pytest.mark.parametrize(
    ("caught", "is_all"),
    [
        (" Exception as error", True),
        ("", True),
        (" BaseException", True),
        (" (ValueError, Exception)", True),
        (" ValueError", False),
        (" (OSError, KeyError)", False),
    ],
)
def test_control_catching_everything_is_noticed(caught: str, is_all: bool, plant: Plant) -> None:
    house = plant("bot/planted.py", f"try:\n    pass\nexcept{caught}:\n    pass\n")
    assert having(_catches_all, house) == ({"bot/planted.py": 1} if is_all else {})


def test_control_a_transaction_in_core_is_noticed(plant: Plant) -> None:
    text = "def book(database):\n    with database.transaction() as connection:\n        pass\n"
    house = plant("core/scheduling/planted.py", text)
    assert having(_opens_transaction, house, ("core",)) == {"core/scheduling/planted.py": 1}
    nested = "def book(connection):\n    with connection.begin_nested():\n        pass\n"
    assert having(_opens_transaction, plant("core/scheduling/planted.py", nested)) == {}


@pytest.mark.parametrize(
    "call", ["datetime.now(UTC)", "datetime.datetime.utcnow()", "dt.date.today()", "time.time()"]
)
def test_control_another_clock_is_noticed(call: str, plant: Plant) -> None:
    house = plant("core/planted.py", f"AT = {call}\n")
    assert having(_asks_the_time, house) == {"core/planted.py": 1}
    assert having(_asks_the_time, plant("core/planted.py", "AT = core.clock.now()\n")) == {}
