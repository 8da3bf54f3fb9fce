"""URLs of the roof itself."""

from django.urls import path

from tongxin.web import styleguide, views, views_audit, views_logins

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("wall", views.wall, name="wall"),
    path("wall/plan", views.wall_plan, name="wall_plan"),
    path("health", views.health_report, name="health"),
    path("display", views.display, name="display"),
    path("compounds", views.compounds, name="compounds"),
    path("system", views.system, name="system"),
    path("audit/", views_audit.entries, name="audit"),
    path("audit/verify", views_audit.verify, name="audit_verify"),
    path("audit/export/<str:form>", views_audit.export, name="audit_export"),
    path("audit/who-saw/<uuid:uuid>", views_audit.who_saw, name="who_saw"),
    path("logins/", views_logins.logins, name="logins"),
    path("logins/new", views_logins.new_login, name="login_new"),
    path("logins/<uuid:uuid>", views_logins.login, name="login"),
    path("logins/<uuid:uuid>/grant", views_logins.grant, name="login_grant"),
    path("logins/<uuid:uuid>/grants/<uuid:grant_uuid>/end", views_logins.end_grant, name="login_end_grant"),
    path("logins/<uuid:uuid>/switch", views_logins.switch, name="login_switch"),
    path("logins/<uuid:uuid>/unlock", views_logins.unlock, name="login_unlock"),
    path("logins/<uuid:uuid>/password", views_logins.reset, name="login_reset"),
    path("styleguide", styleguide.office, name="styleguide"),
    path("styleguide/phone", styleguide.phone, name="styleguide_phone"),
    path("styleguide/wall", styleguide.wall, name="styleguide_wall"),
    path("styleguide/print", styleguide.paper, name="styleguide_print"),
]
