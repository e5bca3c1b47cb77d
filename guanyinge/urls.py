"""Every address of the portal, at a glance."""

from django.contrib import admin
from django.urls import include, path, re_path

from guanyinge import views
from office.api.sections import Nowhere

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("office.urls")),
    path("", include("plans.urls")),
    path("", include("dashboards.urls")),
    path("", include("notices.urls")),
    path("economy/", include("economy.urls")),
    path("projects/", include("projects.urls")),
    path("livelihood/", include("livelihood.urls")),
    path("safety/", include("safety.urls")),
    path("party/", include("party.urls")),
    path("orders/", include("supervision.urls")),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/v1/", include("guanyinge.api")),
    re_path(r"^api/(?P<rest>(?s:.*))\Z", Nowhere.as_view({"get": "nothing"}), name="no_such_api"),
    path("admin/", admin.site.urls),
]
