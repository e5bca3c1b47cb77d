from django.urls import path

from plans.urls.entries import ledger_urls
from projects import views

app_name = "projects"

urlpatterns = [
    path("", views.index, name="index"),
    *ledger_urls("projects"),
]
