"""The command line `tongxin`. Help and messages are Chinese or English by TONGXIN_LANG or the locale."""

import os
import sys
from importlib import import_module
from pathlib import Path

import django
import typer
from django.conf import settings
from django.utils import translation

from tongxin.web import troubles
from tongxin.web.cli.starting import quick_start
from tongxin.web.language import language

#: Which module brings which commands; they are loaded after Django is, because they need the rooms.
_PARTS = ("serve", "trust", "ledger", "accounts", "drill", "demo", "reports", "planner")


def build() -> typer.Typer:
    """Return the whole command line in the user's language."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
    django.setup()
    translation.activate(language())
    app = typer.Typer(
        name="tongxin",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help=translation.gettext("Run a community's response to an outbreak: one plan, one ledger, one dispatcher."),
    )
    for part in _PARTS:
        import_module(f"tongxin.web.cli.{part}").add_to(app)
    return app


def build_planner() -> typer.Typer:
    """Return the command line of the planner alone: it needs no settings, no database and no data folder."""
    locale = Path(__file__).resolve().parent.parent / "locale"
    settings.configure(USE_I18N=True, LOCALE_PATHS=[locale], LANGUAGES=[("en", "English"), ("zh-hans", "中文")])
    django.setup()
    translation.activate(language())
    app = typer.Typer(name="tongxin", add_completion=False, pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    import_module("tongxin.web.cli.planner").add_to(app)
    return app


def main() -> None:
    """Entry point of the `tongxin` command."""
    try:
        if sys.argv[1:2] == ["planner"]:
            build_planner()()
        if sys.argv[1:2] == ["run"] and "--help" not in sys.argv:
            troubles.check_before_start()
            quick_start(sys.argv[2:], language=language())
        build()()
    except Exception as error:
        troubles.leave(error, language=language())
