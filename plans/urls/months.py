from django.urls import path

from plans.views import exports, months

urlpatterns = [
    path("months/", months.months, name="months"),
    path("months/<month:month>/reports.xlsx", exports.export_reports, name="export_reports"),
    path("months/<month:month>/close/", months.month_close, name="month_close"),
    path("months/<month:month>/move/", months.month_move, name="month_move"),
    path("months/<month:month>/exception/", months.month_exception, name="month_exception"),
    path("months/exceptions/<key:pk>/end/", months.month_exception_end, name="month_exception_end"),
]
