from django.urls import path

from plans.views import imports

urlpatterns = [
    path("import/", imports.import_start, name="import"),
    path("import/template.xlsx", imports.import_template, name="import_template"),
    path("import/<key:pk>/", imports.import_preview, name="import_preview"),
    path("import/<key:pk>/apply/", imports.import_apply, name="import_apply"),
]
