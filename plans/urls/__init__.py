"""The addresses of the plan's pages, grouped by noun."""

from django.urls import register_converter

from plans.converters import MonthConverter

register_converter(MonthConverter, "month")  # before the lists below use it

from plans.urls import evidence, filing, handover, imports, months, progress, reports, targets  # noqa: E402

app_name = "plans"

urlpatterns = [
    *reports.urlpatterns,
    *targets.urlpatterns,
    *evidence.urlpatterns,
    *months.urlpatterns,
    *filing.urlpatterns,
    *handover.urlpatterns,
    *imports.urlpatterns,
    *progress.urlpatterns,
]
