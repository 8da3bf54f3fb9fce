"""Pages of the workforce."""

from django.urls import path

from tongxin.community.urls import ImportFlow, import_paths
from tongxin.workforce import views, views_me, views_my_week, views_rota

app_name = "workforce"
urlpatterns = [
    path("", views.responders, name="responders"),
    path("responders.xlsx", views.responders_xlsx, name="responders_xlsx"),
    path("week", views.week, name="week"),
    *import_paths(ImportFlow("workforce", ("responders",), "workforce.responder.import")),
    path("rota", views_rota.rotas, name="rotas"),
    path("rota/running", views_rota.running, name="rota_running"),
    path("rota/<uuid:uuid>", views_rota.rota, name="rota"),
    path("rota/<uuid:uuid>/people/<uuid:responder>", views_rota.person, name="rota_person"),
    path("rota/<uuid:uuid>/<str:step>", views_rota.step, name="rota_step"),
    path("accounts", views.accounts, name="accounts"),
    path("me", views_me.me, name="me"),
    path("me/week", views_my_week.my_week, name="my_week"),
    path("me/week/<str:day>", views_my_week.my_day, name="my_day"),
    path("me/absent", views_me.absent, name="absent"),
    path("me/absent/<uuid:uuid>/back", views_me.back, name="back"),
    path("responders/<uuid:uuid>", views.responder, name="responder"),
    path("responders/<uuid:uuid>/reveal", views.reveal, name="reveal"),
    path("responders/<uuid:uuid>/shifts", views.add_shift, name="add_shift"),
    path("responders/<uuid:uuid>/shifts/<uuid:shift>/cancel", views.cancel_shift, name="cancel_shift"),
    path("responders/<uuid:uuid>/exit/<str:step>", views.exit_step, name="exit_step"),
    path("responders/<uuid:uuid>/active", views.set_active, name="set_active"),
]
