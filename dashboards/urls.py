from django.urls import path

from dashboards.views import boards, document, overview

app_name = "dashboards"

urlpatterns = [
    path("overview/", overview.overview_page, name="overview"),
    path("boards/", boards.boards_page, name="boards"),
    path("boards/shown/", boards.boards_shown, name="boards_shown"),
    path("plan/", document.document_page, name="document"),
]
