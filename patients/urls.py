"""Addresses of patients and the opening and closing of episodes."""

from django.urls import path

from patients.views import patients as views
from patients.views import status, users

app_name = "patients"
urlpatterns = [
    path("patients/", views.patient_list, name="list"),
    path("patients/search/", views.search, name="search"),
    path("patients/new/", views.new, name="new"),
    path("patients/<uuid:code>/", views.detail, name="detail"),
    path("patients/<uuid:code>/edit/", views.edit, name="edit"),
    path("patients/<uuid:code>/episodes/new/", views.episode_new, name="episode_new"),
    path("practice/users/", users.user_list, name="users"),
    path("practice/users/new/", users.user_new, name="user_new"),
    path("practice/users/<uuid:code>/", users.user, name="user"),
    path("practice/links/<uuid:code>/", users.link, name="link"),
    path("practice/status/", status.system_status, name="status"),
]
