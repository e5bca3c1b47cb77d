from django.urls import path

from party import views
from plans.urls.entries import ledger_urls

app_name = "party"

urlpatterns = [
    path("", views.index, name="index"),
    *ledger_urls("party"),
]
