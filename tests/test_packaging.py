"""What an installed package holds."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = {".py", ".pyc"}


def test_whatever_the_code_reads_is_packed_with_it() -> None:
    """In a checkout a file is there whether it is packed or not."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packed = {
        path
        for package, patterns in told["package-data"].items()
        for pattern in patterns
        for path in (ROOT / package).glob(pattern)
    }
    there = {
        path
        for package in told["package-data"]
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in CODE
    }
    assert there == packed
