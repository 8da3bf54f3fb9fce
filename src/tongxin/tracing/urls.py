"""Pages of tracing, mounted at /tracing/."""

from django.urls import path

from tongxin.tracing import views, views_draft, views_people

app_name = "tracing"
urlpatterns = [
    path("", views.investigations, name="investigations"),
    path("investigations/<uuid:uuid>/", views.investigation, name="investigation"),
    path("investigations/<uuid:uuid>/draft/", views_draft.draft, name="draft"),
    path("investigations/<uuid:uuid>/draft/discard/", views_draft.discard, name="draft_discard"),
    path("investigations/<uuid:uuid>/step/", views.step, name="step"),
    path("investigations/<uuid:uuid>/exposures/", views.exposure_add, name="exposure_add"),
    path(
        "investigations/<uuid:uuid>/exposures/<uuid:exposure_uuid>/remove/",
        views.exposure_remove,
        name="exposure_remove",
    ),
    path("investigations/<uuid:uuid>/contacts/", views_people.contacts, name="contacts"),
    path("investigations/<uuid:uuid>/contacts/search/", views_people.contact_search, name="contact_search"),
    path("investigations/<uuid:uuid>/contacts/add/", views_people.contact_add, name="contact_add"),
    path("investigations/<uuid:uuid>/contacts/exclude/", views_people.contact_exclude, name="contact_exclude"),
    path("management/", views_people.managed, name="managed"),
    path("management/<uuid:uuid>/", views_people.management, name="management"),
    path("tests/", views_people.tests, name="tests"),
    path("rules/", views_people.rule_preview, name="rules"),
    path("ledger/", views_people.ledger, name="ledger"),
]
