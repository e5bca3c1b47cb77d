from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("plans", "0003_reporting_a_month")]

    operations = [
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    ("approved_number__gt", 0),
                    _connector="OR",
                ),
                name="report_approved_has_revision",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("covers_from__isnull", True),
                    models.Q(("covers_from__day", 1), ("covers_from__lt", models.F("month"))),
                    _connector="OR",
                ),
                name="report_covers_earlier_months",
            ),
        ),
    ]
