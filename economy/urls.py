from django.urls import path

from economy import views
from plans.urls.entries import ledger_urls

app_name = "economy"

urlpatterns = [
    path("", views.index, name="index"),
    *ledger_urls("economy"),
]
