from django.urls import path

from dashboards import views

app_name = "dashboards"

urlpatterns = [
    path("overview/", views.overview_page, name="overview"),
    path("plan/", views.document_page, name="document"),
]
