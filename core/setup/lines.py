"""Where each value of a TOML text stands: `tomllib` gives values, not their lines."""

from bisect import bisect_right

Path = tuple[str | int, ...]  # ("practitioners", 2, "hours", "mon")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line, counted from 1, of every key, table and list item of valid TOML."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


def line_at(lines: dict[Path, int], path: Path) -> int:
    """Return the line of `path`, else of the innermost table around it that is written down."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    """Walks a text that `tomllib` has accepted, so that it need not look for mistakes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._starts = [0] + [i + 1 for i, sign in enumerate(text) if sign == "\n"]
        self._lengths: dict[Path, int] = {}  # How many items each [[list]] has so far.

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip(" \t\n") < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.lines

    def _note(self, path: Path) -> None:
        self.lines.setdefault(path, bisect_right(self._starts, self.at))

    def _skip(self, blanks: str) -> int:
        """Pass blanks and comments; return the position."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] in blanks:
                self.at += 1
            else:
                break
        return self.at

    def _header(self) -> Path:
        """Pass "[a.b]" or "[[a.b]]" and return the path that the keys below it belong to."""
        is_list = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if is_list else 1
        keys = self._dotted_key()
        end, self.at = self.at + (2 if is_list else 1), start
        path: Path = ()
        for position, key in enumerate(keys):
            path += (key,)
            self._note(path)
            if is_list and position == len(keys) - 1:
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path += (self._lengths[path] - 1,)
        self._note(path)
        self.at = end
        return path

    def _pair(self, table: Path) -> None:
        start = self.at
        keys = self._dotted_key()
        end, self.at = self.at, start
        for key in keys:
            table += (key,)
            self._note(table)
        self.at = end + 1  # "="
        self._skip(" \t")
        self._value(table)

    def _dotted_key(self) -> list[str]:
        keys = []
        while True:
            self._skip(" \t")
            if self.text[self.at] in "\"'":
                keys.append(self._string())
            else:
                start = self.at
                while self.text[self.at] not in " \t.=]":
                    self.at += 1
                keys.append(self.text[start : self.at])
            self._skip(" \t")
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _value(self, path: Path) -> None:
        self._note(path)
        sign = self.text[self.at]
        if sign in "\"'":
            self._string()
        elif sign == "[":
            self._list(path)
        elif sign == "{":
            self._inline_table(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\n":
                self.at += 1

    def _list(self, path: Path) -> None:
        self.at += 1
        item = 0
        while self._skip(" \t\n,") >= 0 and self.text[self.at] != "]":
            self._value((*path, item))
            item += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._skip(" \t\n,") >= 0 and self.text[self.at] != "}":
            self._pair(path)
        self.at += 1

    def _string(self) -> str:
        """Pass a string and return what stands between its quotes, escapes as written."""
        quote = self.text[self.at]
        triple = self.text.startswith(quote * 3, self.at)
        mark = quote * 3 if triple else quote
        start = self.at = self.at + len(mark)
        while not self.text.startswith(mark, self.at):
            # A literal string ('...') knows no escapes.
            self.at += 2 if self.text[self.at] == "\\" and quote == '"' else 1
        while triple and self.text.startswith(quote, self.at + 3):
            self.at += 1  # Up to two quotes may stand before the closing three.
        inside = self.text[start : self.at]
        self.at += len(mark)
        return inside
