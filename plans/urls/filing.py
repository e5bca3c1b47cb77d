from django.urls import path

from plans.views import filing, reminders

urlpatterns = [
    path("filing/", filing.filing, name="filing"),
    path("filing/urge/", filing.urge_by_hand, name="urge"),
    path("reminders/", reminders.reminders, name="reminders"),
    path("reminders/ladder/", reminders.ladder, name="ladder"),
]
