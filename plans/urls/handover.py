from django.urls import path

from plans.views import handover

urlpatterns = [
    path("handover/", handover.handover, name="handover"),
]
