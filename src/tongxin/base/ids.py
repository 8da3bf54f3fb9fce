"""Time-ordered identifiers (UUID version 7, RFC 9562) for URLs and for the wire."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_uuid() -> UUID:
    """Return a new UUIDv7: inserts in time order keep index pages warm."""
    return UUID(int=uuid7().int)


def deterministic_uuid(at: datetime, seed: int) -> UUID:
    """Return a UUIDv7-shaped id from a moment and a seed; used where a replay must give equal files."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    low = seed * 0x9E3779B97F4A7C15 & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | ((seed & 0xFFF) << 64) | (0b10 << 62) | low)
