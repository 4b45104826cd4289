"""Standard input, line by line."""

import sys
from collections.abc import Iterator


def lines_of_input() -> Iterator[str]:
    """Each line as it comes, without its end; bytes that are no text are marked as such."""
    for line in sys.stdin.buffer:
        yield line.decode(errors="replace").rstrip("\r\n")
