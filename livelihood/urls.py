from django.urls import path

from livelihood import views
from plans.urls.entries import ledger_urls

app_name = "livelihood"

urlpatterns = [
    path("", views.index, name="index"),
    *ledger_urls("livelihood"),
]
