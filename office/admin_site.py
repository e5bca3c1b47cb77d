"""The back office: Django's admin, opened by posts instead of by flags."""

from django.contrib import admin
from django.http import HttpRequest


class BackOffice(admin.AdminSite):
    site_header = "后台管理"
    site_title = "后台管理"
    index_title = "后台管理"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Opens for the plan office and for administrators: who has any back-office app."""
        return request.user.is_authenticated and request.user.is_active and request.user.is_staff
