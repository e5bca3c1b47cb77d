from django.urls import path

from notices import views

app_name = "notices"

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/<key:pk>/", views.notice, name="notice"),
    path("inbox/settings/", views.preferences, name="preferences"),
    path("inbox/read-all/", views.read_all, name="read_all"),
    path("feedback/", views.feedback, name="feedback"),
    path("feedback/<key:pk>/answer/", views.answer, name="answer"),
]
