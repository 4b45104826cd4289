"""The two secrets of an installation and what is derived from them.

`ENCRYPTION_KEY` encrypts what patients write (AES-256-GCM). Several keys may be given, separated
by commas: the first encrypts, all decrypt, so that a key can be rotated. `SECRET_KEY` finds an
address again without storing it readably (HMAC-SHA256), and chains the audit log; it must stay the
same for the life of the database.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D, 8.2: 96 bits for GCM.
KEY_ID_BYTES = 4
FORMAT = b"\x01"  # First byte of every stored value, so that the form can change later.

# Published on purpose: a demo database holds made-up people only, and is marked as a demo.
DEMO_SECRET = "frontdesk-demo-secret-known-to-everybody"  # noqa: S105
DEMO_ENCRYPTION_KEY = base64.urlsafe_b64encode(
    hashlib.sha256(b"frontdesk demo encryption key").digest()
).decode()


class UnreadableCiphertext(Exception):  # noqa: N818
    """A stored value was encrypted with a key that is not configured, or was tampered with."""


def parse_encryption_keys(text: str) -> tuple[bytes, ...]:
    """Return the keys in a comma-separated list of base64 values, the current one first.

    Raises ValueError saying what was expected.
    """
    keys = []
    for part in text.split(","):
        try:
            key = base64.b64decode(part.strip().translate(str.maketrans("-_", "+/")), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError(
                f"expected {KEY_BYTES} bytes in base64 (several separated by commas), "
                "as `openssl rand -base64 32` prints"
            )
        keys.append(key)
    return tuple(keys)


def key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True)
class Keyring:
    """Encrypts and decrypts column values, and hashes addresses."""

    encryption_keys: tuple[bytes, ...]
    secret: str

    @classmethod
    def demo(cls) -> "Keyring":
        return cls(parse_encryption_keys(DEMO_ENCRYPTION_KEY), DEMO_SECRET)

    @cached_property
    def _ciphers(self) -> Mapping[bytes, AESGCM]:
        return {key_id(key): AESGCM(key) for key in self.encryption_keys}

    @cached_property
    def _current(self) -> tuple[bytes, AESGCM]:
        identity = key_id(self.encryption_keys[0])
        return identity, self._ciphers[identity]

    def encrypt(self, text: str, place: str) -> bytes:
        """Return format, key id, nonce and ciphertext; `place` ("messages.text") is bound in, so
        that a value moved to another column does not decrypt."""
        identity, cipher = self._current
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + identity + nonce + cipher.encrypt(nonce, text.encode(), place.encode())

    def decrypt(self, stored: bytes, place: str) -> str:
        """Return the text; raises UnreadableCiphertext."""
        identity = stored[1 : 1 + KEY_ID_BYTES]
        cipher = self._ciphers.get(identity)
        if stored[:1] != FORMAT or cipher is None:
            raise UnreadableCiphertext(f"{place}: no configured key fits (key {identity.hex()})")
        nonce_end = 1 + KEY_ID_BYTES + NONCE_BYTES
        nonce, ciphertext = stored[1 + KEY_ID_BYTES : nonce_end], stored[nonce_end:]
        try:
            return cipher.decrypt(nonce, ciphertext, place.encode()).decode()
        except (InvalidTag, ValueError) as error:  # ValueError: cut before the text begins
            raise UnreadableCiphertext(f"{place}: the value was altered") from error

    @cached_property
    def _address_key(self) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"frontdesk address hash").derive(
            self.secret.encode()
        )

    def hash_address(self, parts: Iterable[str]) -> bytes:
        """Return 32 bytes that are the same for the same parts and tell nothing of them."""
        return hmac.digest(self._address_key, "\x1f".join(parts).encode(), "sha256")

    @cached_property
    def _code_key(self) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"frontdesk code").derive(
            self.secret.encode()
        )

    def hash_code(self, parts: Iterable[str]) -> bytes:
        """The same of a code that proves who somebody is: six digits are soon tried through, but
        not without the key."""
        return hmac.digest(self._code_key, "\x1f".join(parts).encode(), "sha256")

    @cached_property
    def _audit_key(self) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"frontdesk audit chain").derive(
            self.secret.encode()
        )

    def hash_audit(self, previous: bytes, entry: bytes = b"") -> bytes:
        """Return 32 bytes that chain an entry of the audit log to the 32 before it; without an
        entry, those that seal the end of the chain. Nobody makes them without the key."""
        return hmac.digest(self._audit_key, previous + entry, "sha256")
