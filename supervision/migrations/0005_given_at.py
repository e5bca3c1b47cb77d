from typing import Any

from django.db import migrations, models
from django.db.models import F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce


def since_the_last_gift(apps: Any, schema_editor: Any) -> None:
    """What was issued was given then, or when it was transferred or resumed last."""
    task = apps.get_model("supervision", "OrderTask")
    order, move = apps.get_model("supervision", "Order"), apps.get_model("supervision", "Move")
    later = (
        move.objects.filter(task=OuterRef("pk"), kind__in=["transfer", "resume"])
        .order_by()
        .values("task")
        .annotate(last=Max("at"))
        .values("last")
    )
    issued = order.objects.filter(pk=OuterRef("order")).values("issued_at")
    task.objects.update(given_at=Coalesce(Subquery(later), Subquery(issued)))
    # A task that was signed for was signed for after it was given, whatever was resumed since.
    task.objects.filter(signed_at__lt=F("given_at")).update(given_at=Subquery(issued))


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0004_tags"),
    ]

    operations = [
        migrations.AddField(
            model_name="ordertask",
            name="given_at",
            field=models.DateTimeField(
                blank=True,
                help_text="交办、转办或恢复的时间，24小时从这时算起",
                null=True,
                verbose_name="待签收起",
            ),
        ),
        migrations.RunPython(since_the_last_gift, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="ordertask",
            constraint=models.CheckConstraint(
                condition=models.Q(state__in=["draft", "withdrawn"]) | models.Q(given_at__isnull=False),
                name="task_given_to_somebody",
            ),
        ),
    ]
