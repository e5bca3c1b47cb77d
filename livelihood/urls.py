from django.urls import path

from livelihood import views

app_name = "livelihood"

urlpatterns = [
    path("", views.index, name="index"),
]
