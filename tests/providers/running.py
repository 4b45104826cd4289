"""The simulator as `frontdesk simulate providers` runs it: both servers, the page, and what to set
so that a front desk talks to them."""

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from tests.providers.control import Control
from tests.providers.simulator import Simulator


def run(desk: str, port: int, stopping: threading.Event, say: Callable[[str], object]) -> None:
    """Until it is told to stop. Three ports are used from `port` on, or any that are free for 0.
    Raises OSError when somebody else has one of them."""
    twilio, telegram, page = (port + each if port else 0 for each in range(3))
    simulator = Simulator(desk, ports=(twilio, telegram))
    control = Control(simulator, port=page)
    with ExitStack() as stack:
        stack.enter_context(simulator)
        stack.enter_context(control)
        say(welcome(simulator.environment, control.url))
        stopping.wait()


def welcome(environment: Mapping[str, str], page: str) -> str:
    exports = "\n".join(f"export {name}={value}" for name, value in environment.items())
    return (
        "# Twilio and Telegram are simulated; no message leaves this machine.\n"
        "# In the shell that starts the front desk:\n"
        f"{exports}\n"
        f"# Phones, weather, clock and ledger: {page}/\n"
        "# Ctrl-C stops it."
    )
