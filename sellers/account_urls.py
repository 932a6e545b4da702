"""Signing in and what belongs to the person. Without a namespace: Django's own names."""

from django.contrib.auth import views as auth
from django.urls import path

from sellers.access import public
from sellers.forms import LoginForm
from sellers.views import account

urlpatterns = [
    path(
        "login/",
        public(
            auth.LoginView.as_view(redirect_authenticated_user=True, authentication_form=LoginForm)
        ),
        name="login",
    ),
    path("logout/", public(auth.LogoutView.as_view()), name="logout"),
    path("password/", account.change_password, name="password_change"),
    path(
        "password/set/<uidb64>/<token>/",
        public(account.SetPassword.as_view()),
        name="password_reset_confirm",
    ),
    path("language/", account.set_language, name="set_language"),
]
