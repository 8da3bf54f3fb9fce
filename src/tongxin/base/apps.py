from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "tongxin.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"


def load_handlers(room: str) -> None:
    """Import a room's handlers so that its subscriptions and jobs are known. Called from `AppConfig.ready`."""
    if find_spec(f"{room}.handlers") is not None:
        import_module(f"{room}.handlers")
