"""Logging that never tells of a patient.

An exception's message may quote what a patient wrote (a value that would not convert, a row that a
database refused), so only its type and the places in our code are logged.
"""

import copy
import logging
import sys
import traceback
from types import TracebackType

ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class DiscreetFormatter(logging.Formatter):
    """Times, levels and names as usual; of an exception its type and frames, not its message."""

    def format(self, record: logging.LogRecord) -> str:
        # Another handler's formatter leaves its own words of the exception on the record.
        record = copy.copy(record)
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - the library's name
        kind, error, trace = ei
        if kind is None or error is None:
            return ""
        lines = [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(trace)
        ]
        chain = [kind.__name__]
        cause = error.__cause__ or error.__context__
        while cause is not None:
            chain.append(type(cause).__name__)
            cause = cause.__cause__ or cause.__context__
        return "\n".join([" from ".join(chain), *lines])


def configure(level: str) -> None:
    """Send the log to standard error, at this level and above."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        DiscreetFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Their INFO lines quote request addresses, and with them chat ids and bot tokens.
    for name in ("httpx", "httpcore", "twilio", "telegram", "apscheduler", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It quotes an answer that is no JSON, and half an answer holds what a patient was told.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)
