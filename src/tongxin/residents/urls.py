"""Pages of this room."""

from django.urls import path

from tongxin.residents.views import board, mine, requests

app_name = "residents"
urlpatterns = [
    path("", board.coverage, name="coverage"),
    path("pair/", board.pair_all, name="pair_all"),
    path("pairs/", board.pairs, name="pairs"),
    path("pairs/<uuid:uuid>/", board.pair, name="pair"),
    path("pairs/<uuid:uuid>/move/", board.move, name="move"),
    path("callers/", board.callers, name="callers"),
    path("rounds/", board.rounds, name="rounds"),
    path("rounds/open/", board.open_round, name="open_round"),
    path("rounds/<uuid:uuid>/", board.round_page, name="round"),
    path("one-to-one.xlsx", board.ledger_xlsx, name="ledger_xlsx"),
    path("mine/", mine.mine, name="mine"),
    path("mine/<uuid:uuid>/show/", mine.reveal, name="reveal"),
    path("mine/<uuid:uuid>/log/", mine.log, name="log"),
    path("mine/<uuid:uuid>/undo/", mine.undo, name="undo"),
    path("requests/", requests.requests, name="requests"),
    path("requests/new/", requests.new_request, name="new_request"),
    path("requests/<uuid:uuid>/", requests.request_page, name="request"),
    path("requests/<uuid:uuid>/<slug:step>/", requests.request_step, name="request_step"),
]
