from django.urls import path

from plans.views import exports, ledger, targets

urlpatterns = [
    path("targets/", ledger.ledger, name="ledger"),
    path("targets/export.xlsx", exports.export, name="export"),
    path("targets/<int:pk>/", targets.target_page, name="target"),
]
