"""Every address of the application."""

from allauth.account import views as account
from django.urls import include, path

from patients.views import users
from upwell import accounts, views

handler400 = "upwell.views.bad_request"
handler403 = "upwell.views.permission_denied"
handler500 = "upwell.views.server_error"

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("welcome/", views.welcome, name="welcome"),
    # Only these pages of the accounts package: no sign-up, no e-mail of any kind.
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", accounts.logout, name="account_logout"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("accounts/invitation/<str:token>/", users.invitation, name="account_invitation"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("patients.urls")),
    path("", include("assessments.urls")),
    path("", include("programmes.urls")),
]
