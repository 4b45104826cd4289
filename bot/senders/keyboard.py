"""What a button says when it is pressed: which list it belongs to, and its place in it.

Ids, not values: Telegram takes 1 to 64 bytes (`InlineKeyboardButton.callback_data`), and what a
button stood for is looked up in the list we stored, so an old keyboard is known to be old.
"""

CALLBACK_DATA_BYTES = 64
# Of a place that is only looked at: the name of a weekday, a day that has passed. A press of it
# is nobody's message.
NOTHING = "-"


def callback_data(list_id: str, choice_index: int) -> str:
    """The data of the choice at this 1-based place. ValueError if Telegram would refuse it."""
    data = f"{list_id}:{choice_index}"
    if not list_id or choice_index < 1 or len(data.encode()) > CALLBACK_DATA_BYTES:
        raise ValueError("callback data needs a list id and must fit 64 bytes")
    return data


def parse_callback_data(data: str) -> tuple[str, int] | None:
    """List id and 1-based index; None for anything that is not one of ours."""
    list_id, _, index = data.rpartition(":")
    if not list_id or not index.isascii() or not index.isdigit() or not int(index):
        return None
    return list_id, int(index)
