from django.urls import path, register_converter

from plans import views
from plans.converters import MonthConverter

app_name = "plans"

register_converter(MonthConverter, "month")

urlpatterns = [
    path("mine/", views.mine, name="mine"),
    path("targets/", views.ledger, name="ledger"),
    path("targets/export.xlsx", views.export, name="export"),
    path("targets/<int:pk>/", views.target_page, name="target"),
    path("targets/<int:pk>/<month:month>/", views.report, name="report"),
    path("targets/<int:pk>/<month:month>/withdraw/", views.withdraw, name="withdraw"),
    path("review/", views.review, name="review"),
    path("review/approve/", views.approve, name="approve"),
    path("review/<int:pk>/return/", views.send_back, name="send_back"),
    path("import/", views.import_start, name="import"),
    path("import/template.xlsx", views.import_template, name="import_template"),
    path("import/<int:pk>/", views.import_preview, name="import_preview"),
    path("import/<int:pk>/apply/", views.import_apply, name="import_apply"),
]
