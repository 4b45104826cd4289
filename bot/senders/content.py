"""What keeps a provider's templates takes, gives and raises; nothing of any wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import ClinicError
from core.models.messaging import TemplateStatus


class ContentRefused(ClinicError):  # noqa: N818
    """The provider did not do it. `is_final`: it never will, for this one; else nothing is wrong
    with the template. `is_gone`: there is none such in the account."""

    def __init__(self, text: str, *, is_final: bool, is_gone: bool = False) -> None:
        super().__init__(text)
        self.is_final = is_final
        self.is_gone = is_gone


@dataclass(frozen=True, slots=True)
class Approval:
    """What WhatsApp thinks of a template; `status` is None for a word that we do not know."""

    status: TemplateStatus | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """A template as it is in the account: `variables` are those of body and buttons; of each button
    the title, and what comes back when it is pressed."""

    body: str
    buttons: tuple[tuple[str, str], ...]
    variables: frozenset[str]


class ContentApi(Protocol):
    """Each call asks the provider and raises ContentRefused."""

    def made(self) -> Mapping[str, str]:
        """Return the ids of all that is in the account, by name."""
        ...

    def find(self, sid: str) -> Content: ...

    def make(
        self,
        name: str,
        *,
        language: str,
        body: str,
        buttons: Sequence[tuple[str, str]],
        samples: Mapping[str, str],
    ) -> str:
        """Make a template and return its id. `buttons`: of each the title, and what comes back."""
        ...

    def submit(self, sid: str, name: str, category: str) -> None:
        """Put it before WhatsApp's reviewers."""
        ...

    def approval(self, sid: str) -> Approval: ...

    def close(self) -> None: ...
