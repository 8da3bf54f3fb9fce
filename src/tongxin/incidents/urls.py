"""The pages of this room."""

from django.urls import path

from tongxin.incidents.views import lifecycle, people, rules, zones

app_name = "incidents"
urlpatterns = [
    path("", lifecycle.incident_list, name="list"),
    path("open/", lifecycle.open_form, name="open"),
    path("<uuid:uuid>/", lifecycle.detail, name="detail"),
    path("<uuid:uuid>/close/", lifecycle.close, name="close"),
    path("<uuid:uuid>/rules/", rules.rule_page, name="rules"),
    path("<uuid:uuid>/rules/switch/", rules.switch, name="switch"),
    path("<uuid:uuid>/zones/", zones.zones, name="zones"),
    path("<uuid:uuid>/zones/ask/", zones.zone_ask, name="zone_ask"),
    path("<uuid:uuid>/groups/", lifecycle.groups, name="groups"),
    path("<uuid:uuid>/groups/assign/", lifecycle.assign, name="assign"),
    path("<uuid:uuid>/persons/", people.persons, name="persons"),
    path("<uuid:uuid>/persons/<uuid:person_uuid>/", people.facts, name="facts"),
    path("<uuid:uuid>/persons/<uuid:person_uuid>/withdraw/", people.withdraw, name="withdraw"),
    path("withdrawals/<uuid:uuid>/agree/", people.agree, name="withdrawal_agree"),
    path("withdrawals/<uuid:uuid>/refuse/", people.refuse, name="withdrawal_refuse"),
    path("facts/<uuid:uuid>/put-back/", people.put_back, name="put_back"),
    path("<uuid:uuid>/timeline/", lifecycle.timeline, name="timeline"),
    path("zones/<uuid:uuid>/", zones.zone, name="zone"),
    path("zones/<uuid:uuid>/end/", zones.zone_end, name="zone_end"),
    path("zones/requests/<uuid:uuid>/agree/", zones.zone_agree, name="zone_agree"),
    path("zones/requests/<uuid:uuid>/refuse/", zones.zone_refuse, name="zone_refuse"),
    path("posts/<uuid:uuid>/end/", lifecycle.end_post, name="end_post"),
]
