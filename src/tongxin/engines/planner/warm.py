"""Is the search compiled? Compiling takes a minute once; until then the first answer has to do.

``python -m tongxin.engines.planner.compile`` does it at set-up. This module loads numba only when a search is wanted.
"""

import gc
import platform
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from threading import Lock, Thread
from types import ModuleType

_FOLDER = Path(__file__).parent / "search"
_MARK = _FOLDER / "__pycache__" / "compiled.sha256"
_lock = Lock()
_threads: list[Thread] = []
_done: list[bool] = []
_loaded: list[bool] = []


def is_ready() -> bool:
    """Return whether a search can start at once, from compiled code."""
    if _done:
        return True
    try:
        return _MARK.read_text(encoding="ascii") == fingerprint(_FOLDER)
    except OSError:
        return False


def load(name: str) -> ModuleType:
    """Return a module of the search.

    With the first one numba comes, which stays for good with some hundred thousand objects. They are taken out of the
    sight of the garbage collector: it would walk over all of them, for 0.1 s, in the midst of an answer.
    """
    module = import_module(f"tongxin.engines.planner.search.{name}")
    with _lock:
        if not _loaded:
            _loaded.append(True)
            gc.collect()
            gc.freeze()
    return module


def begin() -> None:
    """Compile in the background, once, without making anybody wait."""
    with _lock:
        if not _threads:
            _threads.append(Thread(target=compile_all, name="planner-compile", daemon=True))
            _threads[0].start()


def compile_all() -> None:
    """Compile everything, or load it if it has been compiled before, and leave a mark that says so."""
    load("rehearse").rehearse()
    _done.append(True)
    try:
        _MARK.parent.mkdir(exist_ok=True)
        _MARK.write_text(fingerprint(_FOLDER), encoding="ascii")
    except OSError:
        # Installed where nobody may write: numba keeps the code elsewhere, and this process knows.
        return


def fingerprint(folder: Path) -> str:
    """Return what compiled code depends on: the sources that are compiled, numba, Python."""
    sources = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
    compiled = b"".join(
        source for source in sources if b"numba" in source or b"compiled" in source or b"C_HORIZON," in source
    )
    return sha256(compiled + version("numba").encode() + platform.python_version().encode()).hexdigest()
