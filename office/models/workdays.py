from django.db import models


class Workday(models.Model):
    """A day that differs from its weekday: a holiday, or a weekend worked in exchange (调休).

    A year that has no row is not known yet; plain weekends then stand in (office/calendar.py).
    """

    day = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("上班", help_text="勾选为调休上班，不勾为放假")
    name = models.CharField("名称", max_length=20, blank=True)

    class Meta:
        verbose_name = "节假日与调休"
        verbose_name_plural = "工作日表"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name or ('上班' if self.is_workday else '放假')}"
