"""Every address of the application."""

from allauth.account import views as account
from django.urls import include, path

from upwell import views

handler500 = "upwell.views.server_error"

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("favicon.ico", views.favicon, name="favicon"),
    # Only these pages of the accounts package: no sign-up, no e-mail of any kind.
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("patients/", include("patients.urls")),
    path("", include("assessments.urls")),
    path("", include("programmes.urls")),
]
