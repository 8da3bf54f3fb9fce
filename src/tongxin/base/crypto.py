"""Encryption of personal fields: AES-256-GCM with one data key a person, wrapped by a master key.

The master key lives in a file outside the database (`TONGXIN_HOME/keys/master.key`, mode 0600). Destroying a
person's data key makes every sealed field of that person unreadable, in backups too: that is erasure.
Search uses HMAC blind indexes under a separate key derived from the master key.
"""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_VERSION = b"\x01"
_NONCE = 12


class Unreadable(Exception):
    """A sealed value does not open: its key was destroyed, or it was moved or changed."""


@lru_cache(maxsize=32)
def _key_file(home: Path | str) -> Path:
    # Remembered, because an import asks 100,000 times and joining paths costs more than the HMAC.
    return Path(home) / "keys" / "master.key"


def master_key_file() -> Path:
    return _key_file(settings.TONGXIN_HOME)


def _make_master_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    temporary.write_bytes(secrets.token_bytes(32))
    temporary.chmod(0o600)
    try:
        # link() fails when another process was first: its key stands.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


@lru_cache(maxsize=8)
def _master_key(path: Path) -> bytes:
    if not path.exists():
        _make_master_key(path)
    key = path.read_bytes()
    if len(key) != 32:
        raise Unreadable(f"{path} must hold 32 bytes, holds {len(key)}")
    return key


def _derived(purpose: bytes) -> bytes:
    return _derive(_master_key(master_key_file()), purpose)


@lru_cache(maxsize=32)
def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tongxin:" + purpose).derive(master)


def _encrypt(key: bytes, text: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, text, bound_to)


def _decrypt(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    if sealed[:1] != _VERSION:
        raise Unreadable("unknown version of a sealed value")
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], bound_to)
    except InvalidTag as error:
        raise Unreadable("a sealed value was moved, changed or sealed under another key") from error


def new_data_key() -> bytes:
    """Return 32 random bytes: the data key of one person."""
    return AESGCM.generate_key(256)


def wrap_key(data_key: bytes, *, bound_to: str) -> bytes:
    return _encrypt(_derived(b"wrap"), data_key, bound_to.encode())


def unwrap_key(wrapped: bytes, *, bound_to: str) -> bytes:
    return _decrypt(_derived(b"wrap"), bytes(wrapped), bound_to.encode())


def seal(data_key: bytes, text: str, *, bound_to: str) -> bytes:
    """Return `text` sealed for one place (`table.column:uuid`): the same bytes elsewhere do not open."""
    return _encrypt(data_key, text.encode(), bound_to.encode())


def open_sealed(data_key: bytes, sealed: bytes, *, bound_to: str) -> str:
    """Return the text of a sealed value. Raises Unreadable."""
    return _decrypt(data_key, bytes(sealed), bound_to.encode()).decode()


def seal_file(content: bytes, *, bound_to: str) -> bytes:
    """Return a file's content sealed under the installation's own key (uploads, marked workbooks)."""
    return _encrypt(_derived(b"files"), content, bound_to.encode())


def open_file(sealed: bytes, *, bound_to: str) -> bytes:
    return _decrypt(_derived(b"files"), sealed, bound_to.encode())


def blind_index(kind: str, value: str, *, area_id: int) -> str:
    """Return 32 hex digits that find equal values without storing them; normalise `value` first."""
    message = f"{area_id}:{kind}:{value}".encode()
    return hmac.new(_derived(b"index"), message, hashlib.sha256).hexdigest()[:32]
