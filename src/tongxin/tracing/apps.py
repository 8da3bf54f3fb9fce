from django.apps import AppConfig

from tongxin.base.apps import load_handlers


class TracingConfig(AppConfig):
    name = "tongxin.tracing"
    label = "tracing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        load_handlers(self.name)
