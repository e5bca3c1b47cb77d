from django.urls import path

from dashboards import views

app_name = "dashboards"

urlpatterns = [
    path("overview/", views.overview_page, name="overview"),
    path("boards/", views.boards_page, name="boards"),
    path("boards/shown/", views.boards_shown, name="boards_shown"),
    path("plan/", views.document_page, name="document"),
]
