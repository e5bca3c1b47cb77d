from django.urls import path

from dashboards.views import boards, bulletins, document, overview, screens

app_name = "dashboards"

urlpatterns = [
    path("overview/", overview.overview_page, name="overview"),
    path("boards/", boards.boards_page, name="boards"),
    path("plan/", document.document_page, name="document"),
    path("screens/", screens.screens_page, name="screens"),
    path("screens/<int:pk>/end/", screens.screen_ended, name="screen_ended"),
    path("screen/<str:token>/", screens.screen_page, name="screen"),
    path("bulletins/", bulletins.bulletins_page, name="bulletins"),
    path("bulletins/<month:month>/", bulletins.bulletin_page, name="bulletin"),
    path("bulletins/<month:month>/make/", bulletins.bulletin_made, name="bulletin_made"),
    path("bulletins/<month:month>/publish/", bulletins.bulletin_published, name="bulletin_published"),
    path(
        "bulletins/<month:month>/draft.docx", bulletins.bulletin_file, {"kind": "docx"}, name="bulletin_word"
    ),
    path("bulletins/<month:month>/draft.pdf", bulletins.bulletin_file, {"kind": "pdf"}, name="bulletin_pdf"),
    path(
        "bulletins/<month:month>/<key:number>.docx",
        bulletins.edition_file,
        {"kind": "docx"},
        name="edition_word",
    ),
    path(
        "bulletins/<month:month>/<key:number>.pdf",
        bulletins.edition_file,
        {"kind": "pdf"},
        name="edition_pdf",
    ),
]
