"""Pages of dispatch."""

from django.urls import path

from tongxin.dispatch import views, views_calls, views_mine, views_plans, views_what_if

app_name = "dispatch"
urlpatterns = [
    path("", views.board, name="board"),
    path("running", views_plans.running, name="running"),
    path("replan", views_plans.replan, name="replan"),
    path("plans/<uuid:uuid>", views_plans.plan, name="plan"),
    path("plans/<uuid:uuid>/take", views_plans.take, name="take"),
    path("plans/<uuid:uuid>/discard", views_plans.discard, name="discard"),
    path("plans/<uuid:uuid>/undo", views_plans.undo, name="undo"),
    path("plans/<uuid:uuid>/cancel", views_plans.cancel, name="cancel"),
    path("what-if", views_what_if.what_if, name="what_if"),
    path("what-if/running", views_what_if.what_if_running, name="what_if_running"),
    path("calls", views_calls.draft_call, name="draft_call"),
    path("calls/<uuid:uuid>", views_calls.call, name="call"),
    path("calls/<uuid:uuid>/print", views_calls.call_print, name="call_print"),
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
