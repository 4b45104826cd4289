"""A show for the demo: the worker is killed in the middle of sending, and nothing is lost.

Whoever runs the demo says which process its worker is (`keep`). An order to die names that process;
it is obeyed there, by SIGKILL, while requests are under way: no handler runs, nothing is written
back. A new worker is started, and the leases of the dead one are ended. What then becomes of the
messages is the everyday work of delivery; nothing in it knows of the show.
"""

import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, update

from bot.delivery import owner_prefix
from bot.gsm7 import segments
from bot.messages import Channel
from bot.senders.base import Sender
from bot.senders.demo import Book, DemoSender
from bot.senders.log import LogSender
from core.clock import instant
from core.database.connect import Database
from core.errors import ClinicError
from core.messaging.conversations import lock_conversation
from core.messaging.log import queue_reply, wake_worker
from core.messaging.outcomes import expire_leases
from core.models import messages, new_public_id
from core.models.messaging import MessageKind, MessageStatus

MESSAGES = 40
BEFORE = 12  # So many are taken before the worker dies.
# Numbers from 555-01xx are kept for fiction. What is said there is read by nobody.
_NUMBER = "+1808555{:04}"
_FIRST = 100
_OURS = "front desk, trial"
_TEXT = "Harbor Health tries out its outbox: message {} of {}."

# Beside the database's file: the provider's book, whose process the worker is, the order to die.
BOOK, WORKER, ORDER = ".book", ".worker", ".order"


class NoWorkerToKill(ClinicError):  # noqa: N818
    """Nobody would start a new worker here: only `frontdesk demo` keeps one."""


class OrderedAlready(ClinicError):  # noqa: N818
    """The worker has been told to die, and has not come to it yet."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one message. `taken`: how often the provider's book has it."""

    public_id: str
    status: MessageStatus
    taken: int


class Keeper:
    """What `frontdesk demo` knows and does beside its database."""

    def __init__(self, database: Database) -> None:
        """Raises ValueError when the database is not SQLite: there is no file to stand beside."""
        if not database.is_sqlite:
            raise ValueError("only beside an SQLite file")
        path = Path(str(database.url.database))
        self.book = Book(path.with_name(path.name + BOOK))
        self._worker = path.with_name(path.name + WORKER)
        self._order = path.with_name(path.name + ORDER)

    # Whoever runs the demo.

    def keep(self, process_id: int) -> None:
        """That process is the worker; whoever was before is gone, and its orders with it."""
        self._order.unlink(missing_ok=True)
        self.book.open()
        self._worker.write_text(str(process_id))

    def leave(self) -> None:
        """There is no worker any more."""
        self._worker.unlink(missing_ok=True)
        self._order.unlink(missing_ok=True)

    # The worker.

    def sender(self) -> DemoSender:
        return DemoSender(self.book, self.obey)

    def obey(self) -> None:
        """Die, if this process is told to, and it is time."""
        order = self._read_order()
        if order is None or order["worker"] != os.getpid():
            return
        if self.book.taken().total() >= order["when_taken"]:
            os.kill(os.getpid(), signal.SIGKILL)

    # The web.

    @property
    def is_kept(self) -> bool:
        """Whether somebody would start a new worker."""
        with suppress(NoWorkerToKill):
            return self._living_worker() > 0
        return False

    @property
    def is_ordered(self) -> bool:
        return self._order.exists()

    def order(self) -> None:
        """Tell the worker to die when it has sent some more.

        Raises NoWorkerToKill, OrderedAlready.
        """
        order = {
            "worker": self._living_worker(),
            "when_taken": self.book.taken().total() + BEFORE,
        }
        written = self._order.with_name(f"{self._order.name}.{os.getpid()}")
        written.write_text(json.dumps(order))
        try:
            os.link(written, self._order)  # Whole, or not at all; and only one.
        except FileExistsError as error:
            raise OrderedAlready("the worker has been told to die already") from error
        finally:
            written.unlink()

    def _living_worker(self) -> int:
        try:
            process_id = int(self._worker.read_text())
            os.kill(process_id, 0)
        except (FileNotFoundError, ValueError, ProcessLookupError) as error:
            raise NoWorkerToKill("nobody keeps a worker here") from error
        return process_id

    def _read_order(self) -> dict[str, int] | None:
        with suppress(FileNotFoundError, ValueError):
            order: dict[str, int] = json.loads(self._order.read_text())
            return order
        return None


def keeper_of(database: Database) -> Keeper | None:
    """Return what stands beside the database; None where `frontdesk demo` has never run."""
    keeper = Keeper(database) if database.is_sqlite else None
    return keeper if keeper is not None and keeper.book.exists() else None


def simulated_sender(database: Database) -> Sender:
    """Return who takes what reaches no provider: the log alone, or a demo's own provider."""
    keeper = keeper_of(database)
    return LogSender() if keeper is None else keeper.sender()


def begin(database: Database, keeper: Keeper, *, now: datetime) -> str:
    """Order the worker to die, give it some messages to send, and return the name of this run.

    Raises NoWorkerToKill, OrderedAlready.
    """
    keeper.order()
    run, now = new_public_id(), instant(now)
    with database.transaction() as connection:
        for number in range(MESSAGES):
            _queue(connection, number, run, now)
        wake_worker(connection)
    return run


def _queue(connection: Connection, number: int, run: str, now: datetime) -> None:
    conversation = lock_conversation(
        connection,
        channel=Channel.SMS,
        address=_NUMBER.format(_FIRST + number),
        our_address=_OURS,
        now=now,
        simulated=True,
    )
    text = _TEXT.format(number + 1, MESSAGES)
    message_id = queue_reply(
        connection,
        conversation,
        text=text,
        choices=(),
        list_id=None,
        segments=segments(text),
        in_reply_to=None,
        simulated=True,
        now=now,
        kind=MessageKind.BROADCAST,
    )
    one = update(messages).where(messages.c.id == message_id)
    connection.execute(one.values(campaign=run))


def fates(database: Database, keeper: Keeper, run: str) -> list[Fate]:
    """Return what has become of the messages of that run so far, in their order."""
    query = (
        select(messages.c.public_id, messages.c.status)
        .where(messages.c.campaign == run)
        .order_by(messages.c.id)
    )
    with database.reading() as connection:
        rows = connection.execute(query).all()
    taken = keeper.book.taken()
    return [Fate(row.public_id, MessageStatus(row.status), taken[row.public_id]) for row in rows]


def bury(database: Database, process_id: int, *, now: datetime) -> int:
    """That worker is dead, for certain: its leases are over, and nobody knows of what it was
    sending. Return of how many messages."""
    with database.transaction() as connection:
        return expire_leases(connection, now, gone=owner_prefix(process_id))
