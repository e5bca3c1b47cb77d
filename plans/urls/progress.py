from django.urls import path

from plans.views import progress_imports

urlpatterns = [
    path("mine/<month:month>/workbook/", progress_imports.progress_import, name="progress_import"),
    path("mine/<month:month>/workbook/keep/", progress_imports.progress_keep, name="progress_keep"),
]
