"""Addresses of assessments and locks."""

from django.urls import path

from assessments import views

app_name = "assessments"
urlpatterns = [
    path("episodes/<uuid:code>/assessments/new/", views.new, name="new"),
    path("episodes/<uuid:code>/assessments/findings/", views.findings, name="findings"),
    path("episodes/<uuid:code>/tests/new/", views.test_new, name="test_new"),
    path("assessments/<uuid:code>/", views.detail, name="detail"),
    path("assessments/<uuid:code>/sign/", views.sign, name="sign"),
    path("locks/<uuid:code>/clear/", views.lock_clear, name="lock_clear"),
]
