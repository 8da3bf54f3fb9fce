"""Compile every translation of the source tree (.po) to what Django reads (.mo), without the GNU gettext programs.

Run as `python frontend/compile_messages.py`. Only files that are newer than their result are compiled.
"""

import argparse
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent


def message_files(root: Path) -> list[Path]:
    """Return every .po file of the rooms and of the top folder `locale`."""
    found = [*root.glob("src/tongxin/**/LC_MESSAGES/*.po"), *root.glob("locale/*/LC_MESSAGES/*.po")]
    return sorted(found)


def compile_file(source: Path) -> Path:
    """Write the .mo file beside `source` in one step, so that a running server never reads half of it.

    Raises:
        OSError: `source` is not a readable .po file; the message names the line.
    """
    target = source.with_suffix(".mo")
    part = target.with_suffix(".mo.part")
    polib.pofile(str(source)).save_as_mofile(str(part))
    part.replace(target)
    return target


def is_stale(source: Path) -> bool:
    """Tell whether the result of `source` is missing or older."""
    target = source.with_suffix(".mo")
    return not target.is_file() or target.stat().st_mtime_ns < source.stat().st_mtime_ns


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="compile every file")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds src/ and locale/")
    arguments = parser.parse_args()
    for source in message_files(arguments.root):
        if arguments.force or is_stale(source):
            try:
                compile_file(source)
            except OSError as error:
                print(f"{source}: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
