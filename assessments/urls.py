"""Addresses of assessments and locks."""

from django.urls import path

from assessments.views import examination, strength

app_name = "assessments"
urlpatterns = [
    path("episodes/<uuid:code>/assessments/new/", examination.new, name="new"),
    path("episodes/<uuid:code>/assessments/findings/", examination.findings, name="findings"),
    path("episodes/<uuid:code>/tests/new/", strength.test_new, name="test_new"),
    path("assessments/<uuid:code>/", examination.detail, name="detail"),
    path("assessments/<uuid:code>/sign/", examination.sign, name="sign"),
    path("locks/<uuid:code>/clear/", examination.lock_clear, name="lock_clear"),
]
