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
    """Compile a function to machine code when other compiled code first calls it, and keep the code on disk.

    Numba would compile it again for every constant that it is called with: constants are taken as the plain numbers
    that they are, which halves the time of compiling. What is short is drawn into its callers all the same.
    """
    return _compiled(function, is_door=False)


def door(function: F) -> F:
    """Compile a function like ``compiled``, for calls from Python."""
    return _compiled(function, is_door=True)


def _compiled(function: F, *, is_door: bool) -> F:
    found = cast(Any, numba.njit)(
        cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=not is_door
    )(function)
    template = found.get_call_template

    def plain(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return template(tuple(cast(Any, types).unliteral(arg) for arg in args), kws)

    found.get_call_template = plain
    return cast(F, found)


@intrinsic
def _address(typingctx, number):  # type: ignore[no-untyped-def]
    """Return a whole number as the address that it is."""

    def cast_number(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(number), cast_number


address = cast("Callable[[int], Any]", _address)


@intrinsic
def _apart(typingctx):  # type: ignore[no-untyped-def]
    """Keep the function that says this out of its callers."""

    def mark(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.none(), mark


apart = cast("Callable[[], None]", _apart)


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
