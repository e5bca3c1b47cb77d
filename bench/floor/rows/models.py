from django.db import models


class Row(models.Model):
    """A row of eight columns."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    unit = models.CharField(max_length=60)
    cadre = models.CharField(max_length=40)
    goal = models.DecimalField(max_digits=18, decimal_places=4)
    actual = models.DecimalField(max_digits=18, decimal_places=4)
    percent = models.DecimalField(max_digits=6, decimal_places=1)
    word = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.code
