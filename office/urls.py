from django.urls import path

from office import views

app_name = "office"

urlpatterns = [
    path("signin/", views.SignInView.as_view(), name="signin"),
    path("signin/code/", views.signin_code, name="signin_code"),
    path("signout/", views.SignOutView.as_view(), name="signout"),
    path("account/", views.account, name="account"),
    path("account/tokens/<int:pk>/end/", views.token_end, name="token_end"),
    path("password/", views.password, name="password"),
    path("second-factor/", views.second_factor, name="second_factor"),
    path("activity/", views.log, name="log"),
    path("activity/export/", views.log_export, name="log_export"),
    path("activity/verify/", views.log_verify, name="log_verify"),
]
