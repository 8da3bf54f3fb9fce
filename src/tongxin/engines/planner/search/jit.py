"""The one door to numba, and what keeps its cache honest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import cgutils, types
from numba.extending import intrinsic

from tongxin.engines.planner.warm import fingerprint

F = TypeVar("F", bound=Callable[..., object])
_HERE = Path(__file__).parent


def compiled(function: F) -> F:
    """Compile a function to machine code when it is first called, and keep the code on disk."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@intrinsic
def _address(typingctx, number):  # type: ignore[no-untyped-def]
    """Return a whole number as the address that it is."""

    def cast_number(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(number), cast_number


address = cast("Callable[[int], Any]", _address)


def _forget_stale_code() -> None:
    """Drop cached code when any source of the search has changed: numba only looks at the file of the caller."""
    cache = _HERE / "__pycache__"
    now, stamp = fingerprint(_HERE), cache / "sources.sha256"
    if stamp.exists() and stamp.read_text(encoding="ascii") == now:
        return
    try:
        for pattern in ("*.nbi", "*.nbc"):
            for path in cache.glob(pattern):
                path.unlink(missing_ok=True)
        cache.mkdir(exist_ok=True)
        stamp.write_text(now, encoding="ascii")
    except OSError:
        # A folder that cannot be written holds no stale code of ours either: numba then uses one of the user's own.
        return


_forget_stale_code()
