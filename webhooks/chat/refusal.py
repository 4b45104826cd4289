"""A request that is not answered as it wished, in words that the page can show."""


class Refused(Exception):  # noqa: N818 - named for what happened
    """`words` are read by the visitor; they hold nothing of the request."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
