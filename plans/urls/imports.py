from django.urls import path

from plans.views import imports

urlpatterns = [
    path("import/", imports.import_start, name="import"),
    path("import/template.xlsx", imports.import_template, name="import_template"),
    path("import/<key:pk>/", imports.import_preview, name="import_preview"),
    path("import/<key:pk>/choose/", imports.import_choose, name="import_choose"),
    path("import/<key:pk>/apply/", imports.import_apply, name="import_apply"),
    path("import/<key:pk>/cancel/", imports.import_cancel, name="import_cancel"),
    path("import/<key:pk>/undo/", imports.import_undo, name="import_undo"),
    path("import/<key:pk>/annotated.xlsx", imports.import_annotated, name="import_annotated"),
]
