from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def who_agreed(apps: Any, schema_editor: Any) -> None:
    """Of a request that waits for the plan office the move after it, if there is one, says who agreed."""
    task, move = apps.get_model("supervision", "OrderTask"), apps.get_model("supervision", "Move")
    for row in task.objects.filter(asked="plan_office"):
        last = move.objects.filter(task=row, kind__in=["ask", "agree"]).order_by("-at", "-pk").first()
        if last is not None and last.kind == "agree" and last.by_id != row.asked_by_id:
            task.objects.filter(pk=row.pk).update(agreed_by=last.by_id)
    schema_editor.connection.check_constraints()  # PostgreSQL alters no table with references still to check


class Migration(migrations.Migration):
    dependencies = [
        ("office", "0005_api_tokens"),
        ("plans", "0008_ledgers"),
        ("supervision", "0006_take_ask_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="ordertask",
            name="agreed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="同意延期的人",
            ),
        ),
        migrations.RunPython(who_agreed, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="ordertask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agreed_by__isnull", True),
                    models.Q(
                        ("asked", "plan_office"),
                        ("asked_by__isnull", False),
                        models.Q(("agreed_by", models.F("asked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="task_agreed_by_another",
                violation_error_message="延期由申请人以外的人同意",
            ),
        ),
    ]
