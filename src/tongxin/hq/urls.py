"""URLs of headquarters."""

from django.urls import path

from tongxin.hq import views

app_name = "hq"
urlpatterns = [
    path("plan", views.plan, name="plan"),
    path("plan/history", views.history, name="history"),
    path("plan/draft", views.draft, name="draft"),
    path("plan/approve", views.approve, name="approve"),
    path("plan/<uuid:uuid>", views.plan_version, name="plan_version"),
    path("lines/<uuid:uuid>/edit", views.line_edit, name="line_edit"),
    path("lines/<uuid:uuid>/strike", views.line_strike, name="line_strike"),
    path("lines/<uuid:uuid>/restore", views.line_restore, name="line_restore"),
    path("orders", views.orders, name="orders"),
    path("orders/<uuid:uuid>", views.order, name="order"),
    path("orders/<uuid:uuid>/confirm", views.order_confirm, name="order_confirm"),
    path("orders/<uuid:uuid>/done", views.order_done, name="order_done"),
    path("meetings", views.meetings, name="meetings"),
    path("meetings/new", views.meeting_new, name="meeting_new"),
    path("meetings/<uuid:uuid>", views.meeting, name="meeting"),
    path("meetings/<uuid:uuid>/decisions", views.decision_new, name="decision_new"),
    path("decisions/<uuid:uuid>/issue", views.decision_issue, name="decision_issue"),
    path("judgements", views.judgements, name="judgements"),
    path("judgements/sign", views.judgement_sign, name="judgement_sign"),
    path("queue", views.queue, name="queue"),
    path("queue/<uuid:uuid>/retry", views.queue_retry, name="queue_retry"),
]
