from importlib import import_module

from django.apps import AppConfig

from tongxin.base.apps import load_handlers


class HeadquartersConfig(AppConfig):
    name = "tongxin.hq"
    label = "hq"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        load_handlers(self.name)
        # headquarters is above the situation room: it puts its figures up there itself
        import_module("tongxin.hq.situation_source")
