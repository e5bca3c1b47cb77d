from django.urls import path

from plans.urls.entries import ledger_urls
from safety import views

app_name = "safety"

urlpatterns = [
    path("", views.index, name="index"),
    *ledger_urls("safety"),
]
