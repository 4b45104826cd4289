import pytest

from bot.senders.keyboard import callback_data, parse_callback_data


def test_what_is_put_in_comes_out() -> None:
    for list_id, index in (("L7", 1), ("a:b", 10), ("é" * 30, 9)):
        assert parse_callback_data(callback_data(list_id, index)) == (list_id, index)


@pytest.mark.parametrize(("list_id", "index"), [("", 1), ("L", 0), ("L" * 63, 1), ("é" * 32, 1)])
def test_what_telegram_would_refuse_is_not_made(list_id: str, index: int) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        callback_data(list_id, index)


@pytest.mark.parametrize("data", ["", "L7", "L7:", ":1", "L7:0", "L7:-1", "L7:x", "L7:²", "L7:1.0"])
def test_foreign_data_is_none(data: str) -> None:
    assert parse_callback_data(data) is None
