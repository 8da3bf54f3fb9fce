"""URLs of the roof itself."""

from django.urls import path

from tongxin.web import views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("health", views.health, name="health"),
]
