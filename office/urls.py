from django.contrib.auth.views import LogoutView
from django.urls import path

from office import views

app_name = "office"

urlpatterns = [
    path("signin/", views.SignInView.as_view(), name="signin"),
    path("signin/code/", views.signin_code, name="signin_code"),
    path("signout/", LogoutView.as_view(), name="signout"),
    path("password/", views.password, name="password"),
    path("second-factor/", views.second_factor, name="second_factor"),
]
