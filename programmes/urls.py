"""Addresses of the day's list, episodes, plans, sessions and handouts."""

from django.urls import path

from programmes import views

app_name = "programmes"
urlpatterns = [
    path("", views.caseload, name="caseload"),
    path("episodes/<uuid:code>/", views.episode, name="episode"),
    path("episodes/<uuid:code>/discharge/", views.discharge, name="discharge"),
    path("episodes/<uuid:code>/programme/", views.programme, name="programme"),
    path("episodes/<uuid:code>/sessions/new/", views.session_new, name="session_new"),
    path("sessions/<uuid:code>/", views.session, name="session"),
    path("sessions/<uuid:code>/morning/", views.morning, name="morning"),
    path("sessions/<uuid:code>/decide/", views.decide, name="decide"),
    path("handouts/new/<uuid:code>/", views.handout_new, name="handout_new"),
    path("handouts/<uuid:code>.pdf", views.handout, name="handout"),
]
