"""The pages of this room. A search text may be a name, so it is posted and never stands in an address."""

from django.urls import URLPattern, path

from tongxin.community.import_flow import ImportFlow
from tongxin.community.views import changes, duplicates, ledgers, people, places

__all__ = ["ImportFlow", "app_name", "import_paths", "urlpatterns"]


def import_paths(flow: ImportFlow) -> list[URLPattern]:
    """This function will return the import pages of a room, this one or a higher one whose ledgers come in alike."""
    bound = {"flow": flow}
    return [
        path("imports/", ledgers.imports, bound, name="imports"),
        path("imports/upload/", ledgers.upload, bound, name="upload"),
        path("imports/template/<slug:kind>/", ledgers.template, bound, name="template"),
        path("imports/<uuid:uuid>/", ledgers.import_page, bound, name="import"),
        path("imports/<uuid:uuid>/start/", ledgers.start, bound, name="import_start"),
        path("imports/<uuid:uuid>/progress/", ledgers.progress, bound, name="import_progress"),
        path("imports/<uuid:uuid>/cancel/", ledgers.cancel, bound, name="import_cancel"),
        path("imports/<uuid:uuid>/marked/", ledgers.marked, bound, name="import_marked"),
    ]


app_name = "community"
urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/search/", people.search, name="search"),
    path("people/export/", people.export, name="export"),
    path("people/add/", changes.add_person, name="add_person"),
    path("people/<uuid:uuid>/", people.person, name="person"),
    path("people/<uuid:uuid>/move/", changes.person_move, name="person_move"),
    path("people/<uuid:uuid>/undo/", changes.person_undo, name="person_undo"),
    path("people/<uuid:uuid>/care/", changes.person_care, name="person_care"),
    path("people/<uuid:uuid>/care/begin/", changes.care_begin, name="care_begin"),
    path("people/<uuid:uuid>/care/end/", changes.care_end, name="care_end"),
    path("people/<uuid:uuid>/care/<uuid:care>/reopen/", changes.care_reopen, name="care_reopen"),
    path("households/<uuid:uuid>/move-out/", changes.household_move_out, name="household_move_out"),
    path("people/<uuid:uuid>/details/", people.details, name="details"),
    path("people/<uuid:uuid>/correct/", people.correct, name="correct"),
    path("households/<uuid:uuid>/", people.household, name="household"),
    path("care/", people.care, name="care"),
    path("verify/", people.verify, name="verify"),
    path("verify/<uuid:uuid>/", people.verify_item, name="verify_item"),
    path("verify/<uuid:uuid>/right/", people.verify_right, name="verify_right"),
    path("departments/", places.departments, name="departments"),
    path("places/", places.places, name="places"),
    path("places/site-plan/", places.site_plan, name="site_plan"),
    path("places/buildings/<uuid:uuid>/", places.building, name="building"),
    path("places/buildings/<uuid:uuid>/edit/", places.edit_building, name="edit_building"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<uuid:uuid>/", duplicates.pair, name="pair"),
    path("duplicates/<uuid:uuid>/reveal/", duplicates.reveal, name="pair_reveal"),
    path("duplicates/<uuid:uuid>/merge/", duplicates.merge, name="pair_merge"),
    path("duplicates/<uuid:uuid>/different/", duplicates.different, name="pair_different"),
    path("duplicates/<uuid:uuid>/undo/", duplicates.undo, name="pair_undo"),
    *import_paths(ImportFlow("community", ("people", "special-care"), "community.ledger.import")),
]
