"""The build scripts of `frontend/`: they run before anything else does, so they are tested as they stand."""

import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import polib
import pytest

FRONTEND = Path(__file__).resolve().parents[4] / "frontend"


def load(name: str) -> ModuleType:
    spec = spec_from_file_location(name, FRONTEND / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load("build")
compiler = load("compile_messages")


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("a{}/*# sourceMappingURL=a.css.map */", "a{}\n"),
        ("run();\n//# sourceMappingURL=a.js.map\n", "run();\n"),
        ("a{}/* about maps */", "a{}/* about maps */"),
        ("", ""),
    ],
)
def test_source_maps_are_stripped(source: str, kept: str) -> None:
    assert build.strip_source_map(source) == kept


def test_data_pictures_become_files(tmp_path: Path) -> None:
    css = """a{background:url("data:image/svg+xml,%3csvg fill='%23fff'/%3e")}b{src:url("x.woff2")}"""
    result = build.pull_out_pictures(css, tmp_path / "pictures")
    assert "data:" not in result
    assert 'url("x.woff2")' in result
    name = re.search(r'url\("pictures/([^"]+)"\)', result)
    assert name is not None
    assert (tmp_path / "pictures" / name[1]).read_text() == "<svg fill='#fff'/>"


def test_sprite_has_a_symbol_for_each_icon(tmp_path: Path) -> None:
    (tmp_path / "sun.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1"/></svg>'
    )
    assert '<symbol id="sun" viewBox="0 0 16 16"><path d="M1" /></symbol>' in build.make_sprite(["sun"], tmp_path)
    with pytest.raises(build.BuildError, match="moon"):
        build.make_sprite(["moon"], tmp_path)


def test_icons_are_listed_once_and_without_strange_names() -> None:
    names = build.icon_names()
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)


def test_lock_file_names_no_registry_and_pins_every_package() -> None:
    text = (FRONTEND / "package-lock.json").read_text()
    lock = json.loads(text)
    assert '"resolved"' not in text
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    wanted = json.loads((FRONTEND / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def test_what_was_built_needs_no_other_host_and_is_current() -> None:
    if not build.STAMP.is_file():
        pytest.skip("the assets are not built here")
    assert build.is_current(build.fingerprint())
    assert not build.is_current("other inputs")
    for path in build.VENDOR.rglob("*.min.*"):
        text = path.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text
        assert "url(http" not in text
    assert "data:image" not in (build.VENDOR / "bootstrap" / "bootstrap.min.css").read_text(encoding="utf-8")


def test_messages_compile_only_when_they_changed(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "tongxin" / "room" / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Save"\nmsgstr "保存"\n')
    assert compiler.message_files(tmp_path) == [source]
    assert compiler.is_stale(source)
    target = compiler.compile_file(source)
    assert not compiler.is_stale(source)
    assert polib.mofile(str(target)).find("Save").msgstr == "保存"
    assert list(folder.glob("*.part")) == []


def test_a_damaged_catalogue_is_named(tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    source.write_text('msgid "Save\nmsgstr')
    with pytest.raises(OSError, match=r"line \d"):
        compiler.compile_file(source)
    assert not source.with_suffix(".mo").exists()
