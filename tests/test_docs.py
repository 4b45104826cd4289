"""What the pages say is so: each setting, rule, command and word is documented, each link leads
somewhere, each file they name exists; and the project speaks of itself alone.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli import frontdesk
from core import rules
from core.config import Settings
from core.models.appointments import AppointmentStatus
from core.models.messaging import MessageStatus

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/**/*.md")])
OUR_PAGES = [page for page in PAGES if "tests" not in page.relative_to(ROOT).parts]

# The nouns of the house: each is documented under exactly this name.
CALENDAR = (
    "Practitioner, Patient, Schedule, Absence, Slot, Appointment, Hold, Reminder, Rule, Guard"
)
MESSAGING = "Channel, Provider, Address, Reply, Conversation, Turn, Outbox, Sender, Delivery, Lease"
TALK = "InboundMessage, Intent, Entity, State, Step, Draft, Command, Outcome, Desk, Reception"
NOUNS = {word for line in (CALENDAR, MESSAGING, TALK) for word in line.split(", ")}

# Put together from parts, so that this file does not name them itself.
MACHINE_PATH = re.compile(
    r"(?<![\w.~/-])(?:/" + "(?:work|home|root|Users|mnt)" + r"/[\w.-]+|[A-Z]:\\" + r"Users\\)"
)
REGISTRY = re.compile(
    r"\b(?:"
    + "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.", "artifact" + "ory"))
    + r")|--(?:extra-)?index-url[ =]http|/sim"
    + "ple/?$",
    re.IGNORECASE | re.MULTILINE,
)
OTHERS = re.compile("DES" + r"IGN(?:\.md)?[ ,]\d|INTER" + r"FACES\.md|issue " + r"#\d+")
NOT_TEXT = {".png", ".json"}
# Hashes of packages, which are text but tell nothing.
LOCK_FILES = {"requirements.txt", "requirements-dev.txt", "requirements-bench.txt"}


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the cells of each row of the first table below a heading, without the table's head."""
    part = re.split(rf"^#+ {re.escape(heading)}$", page, flags=re.MULTILINE)[1]
    table = re.search(r"^\|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", part, re.MULTILINE)
    assert table, f"no table below {heading}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


# Settings, rules, commands


def shown(default: object) -> str:
    match default:
        case None:
            return "none"
        case bool():
            return "`on`" if default else "`off`"
    return f"`{default}`"


def test_every_variable_is_documented_with_its_default_and_no_other() -> None:
    documented = {cells[0]: cells[2] for cells in rows(README, "Settings")}
    assert documented == {
        f"`{name.upper()}`": shown(field.default) for name, field in Settings.model_fields.items()
    }
    assert all(len(cells[1]) > 10 for cells in rows(README, "Settings"))


def documented_rules(page: str) -> dict[str, int | str]:
    found = re.findall(r"^\| `(\w+)` \| (\d+|`\w+`) \| .{10,} \|$", page, re.MULTILINE)
    return {
        name: int(default) if default.isdecimal() else default.strip("`") for name, default in found
    }


def test_every_rule_is_documented_with_its_default_and_no_other() -> None:
    assert documented_rules(RULES) == rules.defaults()


def commands(group: click.Group, above: str = "frontdesk") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{above} {name}")


def test_every_command_is_documented_with_its_options() -> None:
    lines = {
        match[1]: line
        for line in README.splitlines()
        if (match := re.match(r"\| `(frontdesk [a-z -]+)`", line))
    }
    found = dict(commands(frontdesk))
    assert lines.keys() == found.keys()
    for name, command in found.items():
        options = {each for option in command.params for each in option.opts if each[:2] == "--"}
        named = set(re.findall(r"--[a-z-]+", lines[name]))
        assert named == options - {"--help"}, name


def test_every_make_target_is_documented() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    documented = re.findall(r"^\| `make (\w+)` \|", README, re.MULTILINE)
    assert sorted(documented) == sorted(phony.split())


# Words


def glossary_words(page: str) -> set[str]:
    return set(re.findall(r"^\| \*\*([\w ]+)\*\* \| .{20,} \|", page, re.MULTILINE))


def test_every_noun_is_documented() -> None:
    assert set(NOUNS) <= glossary_words(GLOSSARY)


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("The status of an appointment", AppointmentStatus),
        ("Where a message stands", MessageStatus),
    ],
)
def test_every_status_is_documented(
    heading: str, words: type[AppointmentStatus] | type[MessageStatus]
) -> None:
    assert [cells[0] for cells in rows(GLOSSARY, heading)] == [f"`{word}`" for word in words]


# Links and names of files


def plain(page: str) -> str:
    """Return the page without its blocks of code."""
    return re.sub(r"^( *)```.*?^\1```$", "", page, flags=re.MULTILINE | re.DOTALL)


def anchors(page: str) -> set[str]:
    """Return what GitHub makes of the page's headings."""
    titles = re.findall(r"^#+ (.+)$", plain(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(path: Path, text: str) -> list[str]:
    """Return where the links of a text lead that stands in (or beside) the page `path`."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", plain(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        if not file.exists() or (anchor and anchor not in anchors(file.read_text("utf-8"))):
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


def missing_files(text: str) -> list[str]:
    """Return the paths of ours that a page names and that do not exist. Where a name is left open,
    as in `bot/phrases/<code>.toml`, its folder must exist."""
    named = re.findall(r"`((?:bot|core|webhooks|tests|docs)/[\w./<>-]*)`", text)
    return [path for path in named if not (ROOT / path.partition("<")[0]).exists()]


@pytest.mark.parametrize("page", OUR_PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    assert missing_files(page.read_text(encoding="utf-8")) == []


def test_the_architecture_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for folder in ("bot", "core", "webhooks"):
        for path in (ROOT / folder).iterdir():
            name = path.relative_to(ROOT).as_posix()
            if path.is_dir() and any(path.glob("*.py")):
                assert f"`{name}/" in page, name
            elif path.suffix == ".py" and not path.name.startswith("__"):
                assert f"`{name}`" in page, name


def test_pictures_are_small() -> None:
    pictures = [path for path in (ROOT / "docs" / "pictures").iterdir() if path.is_file()]
    assert pictures
    assert all(path.stat().st_size < 300_000 for path in pictures)


# The project speaks of itself alone


def tracked_texts() -> Iterator[tuple[str, str]]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files are the project's")
    # Whoever runs the tests may be another than who owns the checkout.
    command = [git, "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix not in NOT_TEXT and name not in LOCK_FILES and path.is_file():
            yield name, path.read_text(encoding="utf-8")


def foreign_words(text: str) -> list[str]:
    return [
        match[0] for pattern in (MACHINE_PATH, REGISTRY, OTHERS) for match in pattern.finditer(text)
    ]


def test_no_file_speaks_of_a_machine_or_a_registry() -> None:
    texts = dict(tracked_texts())
    assert "pyproject.toml" in texts
    found = {name: words for name, text in texts.items() if (words := foreign_words(text))}
    assert found == {}


def test_lock_files_name_no_registry() -> None:
    for name in LOCK_FILES:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"^--|https?://", text, re.MULTILINE), name


# Controls


@pytest.mark.parametrize(
    "text",
    [
        "see /wo" + "rk/main/bot",
        '"/ho' + 'me/ana/frontdesk"',
        "pip install --index" + "-url https://example.org/x",
        "https://py" + "pi.org/project/flask",
        "https://files.python" + "hosted.org/packages/a",
        "as DES" + "IGN 6 says",
        "(issue " + "#12)",
    ],
)
def test_control_foreign_words_are_noticed(text: str) -> None:
    assert foreign_words(f"before\n{text}\nafter\n")


@pytest.mark.parametrize(
    "text", ["POST /chat/messages", "docs/home/page", "a simple design, 3 lines", "tests/work/x.py"]
)
def test_control_ordinary_words_are_not(text: str) -> None:
    assert not foreign_words(f"before\n{text}\nafter\n")


def test_control_broken_links_and_missing_files_are_noticed() -> None:
    path = ROOT / "README.md"
    assert broken_links(path, "[a](docs/nowhere.md) ![b](docs/pictures/none.png) [c](#no)") == [
        "docs/nowhere.md",
        "docs/pictures/none.png",
        "#no",
    ]
    assert broken_links(path, "[a](docs/settings.md#booking) [b](https://x.org) [c](#try-it)") == []
    assert missing_files("`bot/nobody.py` and `bot/desk.py`, `core/<any>.py`") == ["bot/nobody.py"]


def test_control_a_missing_word_rule_or_row_is_noticed() -> None:
    assert "Slot" not in glossary_words(GLOSSARY.replace("**Slot**", "**Slit**"))
    assert "hold_minutes" not in documented_rules(RULES.replace("`hold_minutes` | 5", "`x` | 5"))
    table = "## A\n| b | c |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n\n## D\n| e |\n"
    assert rows(table, "A") == [["1", "2"], ["3", "4"]]
