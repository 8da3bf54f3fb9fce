"""URLs of the roof itself."""

from django.urls import path

from tongxin.web import styleguide, views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("health", views.health, name="health"),
    path("styleguide", styleguide.office, name="styleguide"),
    path("styleguide/phone", styleguide.phone, name="styleguide_phone"),
    path("styleguide/wall", styleguide.wall, name="styleguide_wall"),
    path("styleguide/print", styleguide.paper, name="styleguide_print"),
]
