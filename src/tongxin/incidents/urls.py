"""The pages of this room."""

from django.urls import path

from tongxin.incidents import views

app_name = "incidents"
urlpatterns = [
    path("", views.incident_list, name="list"),
    path("open/", views.open_form, name="open"),
    path("<uuid:uuid>/", views.detail, name="detail"),
    path("<uuid:uuid>/close/", views.close, name="close"),
    path("<uuid:uuid>/rules/", views.rule_page, name="rules"),
    path("<uuid:uuid>/rules/switch/", views.switch, name="switch"),
    path("<uuid:uuid>/zones/", views.zones, name="zones"),
    path("<uuid:uuid>/zones/ask/", views.zone_ask, name="zone_ask"),
    path("<uuid:uuid>/groups/", views.groups, name="groups"),
    path("<uuid:uuid>/groups/assign/", views.assign, name="assign"),
    path("<uuid:uuid>/persons/", views.persons, name="persons"),
    path("<uuid:uuid>/timeline/", views.timeline, name="timeline"),
    path("zones/<uuid:uuid>/", views.zone, name="zone"),
    path("zones/<uuid:uuid>/end/", views.zone_end, name="zone_end"),
    path("zones/requests/<uuid:uuid>/agree/", views.zone_agree, name="zone_agree"),
    path("zones/requests/<uuid:uuid>/refuse/", views.zone_refuse, name="zone_refuse"),
    path("posts/<uuid:uuid>/end/", views.end_post, name="end_post"),
]
