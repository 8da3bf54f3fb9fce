"""The pages of this room."""

from django.urls import path

from tongxin.situation.views import figures, pictures, reports

app_name = "situation"
urlpatterns = [
    path("", figures.overview, name="overview"),
    path("figures/", figures.figure_list, name="figures"),
    path("figures.xlsx", figures.figures_xlsx, name="figures_xlsx"),
    path("wall/blocks/", figures.wall_blocks, name="wall_blocks"),
    path("curve/", pictures.curve, name="curve"),
    path("plan/", pictures.site_plan, name="site_plan"),
    path("reports/", reports.report_list, name="reports"),
    path("reports/make/", reports.make, name="make"),
    path("reports/<uuid:uuid>/", reports.report, name="report"),
    path("reports/<uuid:uuid>/sign/", reports.sign, name="sign"),
    path("reports/<uuid:uuid>/<str:language>.<str:kind>", reports.download, name="download"),
    path("snapshots/<uuid:uuid>/", reports.snapshot, name="snapshot"),
]
