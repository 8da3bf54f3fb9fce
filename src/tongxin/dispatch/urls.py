"""Pages of dispatch."""

from django.urls import path

from tongxin.dispatch import views, views_mine

app_name = "dispatch"
urlpatterns = [
    path("", views.board, name="board"),
    path("running", views.running, name="running"),
    path("replan", views.replan, name="replan"),
    path("tasks", views.tasks, name="tasks"),
    path("tasks.xlsx", views.tasks_xlsx, name="tasks_xlsx"),
    path("tasks/<uuid:uuid>", views.task, name="task"),
    path("tasks/<uuid:uuid>/move", views.move, name="move"),
    path("tasks/<uuid:uuid>/extend", views.extend, name="extend"),
    path("tasks/<uuid:uuid>/why-not", views.why_not, name="why_not"),
    path("assignments/<uuid:uuid>/pin", views.pin, name="pin"),
    path("assignments/<uuid:uuid>/unpin", views.unpin, name="unpin"),
    path("assignments/<uuid:uuid>/give-back", views.relieve, name="relieve"),
    path("mine", views_mine.mine, name="mine"),
    path("mine/<uuid:uuid>", views_mine.job, name="job"),
    path("mine/<uuid:uuid>/<str:step>", views_mine.step, name="step"),
]
