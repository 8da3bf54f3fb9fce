"""The pages of this room, and the door for operations that phones send."""

from django.urls import path

from tongxin.sampling.views import desk, lists, results, rounds, tubes

app_name = "sampling"
urlpatterns = [
    path("", rounds.round_list, name="list"),
    path("open/", rounds.open_form, name="open"),
    path("ops", desk.ops, name="ops"),
    path("results/", results.results, name="results"),
    path("results/file/", results.result_file, name="result_file"),
    path("results/overdue/", results.overdue, name="overdue"),
    path("pools/", results.pools, name="pools"),
    path("untubed/", lists.untubed, name="untubed"),
    path("rounds/<uuid:uuid>/", rounds.round_page, name="round"),
    path("rounds/<uuid:uuid>/missing/", lists.missing, name="missing"),
    path("rounds/<uuid:uuid>/print/", lists.print_list, name="print"),
    path("rounds/<uuid:uuid>/export/", lists.export, name="export"),
    path("rounds/<uuid:uuid>/home/", lists.home, name="home"),
    path("rounds/<uuid:uuid>/close/", rounds.close, name="close"),
    path("rounds/<uuid:uuid>/tubes/", tubes.tubes, name="tubes"),
    path("rounds/<uuid:uuid>/count/", tubes.count, name="count"),
    path("rounds/<uuid:uuid>/desk/", desk.desk, name="desk"),
    path("rounds/<uuid:uuid>/desk/register/", desk.register, name="register"),
    path("rounds/<uuid:uuid>/desk/names/", desk.names, name="names"),
    path("tubes/<uuid:uuid>/close/", desk.close_tube, name="close_tube"),
    path("registrations/<uuid:uuid>/void/", desk.void, name="void"),
    path("members/<uuid:uuid>/tell/", lists.tell, name="tell"),
    path("members/<uuid:uuid>/phone/", lists.phone, name="phone"),
]
