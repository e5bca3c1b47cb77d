import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_channels"),
        ("office", "0003_user_addresses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="系统名称")),
                (
                    "url",
                    models.CharField(
                        help_text="以 https:// 开头，主机由运维人员在 NOTICE_HOSTS 里允许",
                        max_length=400,
                        verbose_name="地址",
                    ),
                ),
                ("sealed", models.TextField(editable=False, verbose_name="密钥")),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("created_at", models.DateTimeField(editable=False, verbose_name="建立时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="建立人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="本单位及下级单位的计划关账时通知",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.unit",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "对外通知",
                "verbose_name_plural": "对外通知",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Announcement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=80, verbose_name="键")),
                ("event", models.CharField(max_length=40, verbose_name="事件")),
                ("payload", models.JSONField(default=dict, verbose_name="内容")),
                ("at", models.DateTimeField(verbose_name="发生时间")),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "待发"), ("sent", "已送达"), ("dead", "没有送到")],
                        default="queued",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="次数")),
                ("not_before", models.DateTimeField(verbose_name="不早于")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("error", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="announcements",
                        to="notices.webhook",
                        verbose_name="对外通知",
                    ),
                ),
            ],
            options={
                "verbose_name": "对外通知记录",
                "verbose_name_plural": "对外通知记录",
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("unit", "url"),
                name="webhook_once",
                violation_error_message="这个地址已经登记过了",
            ),
        ),
        migrations.AddIndex(
            model_name="announcement",
            index=models.Index(
                condition=models.Q(("state", "queued")), fields=["not_before"], name="announcement_to_send"
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.UniqueConstraint(fields=("webhook", "key"), name="announcement_once"),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "sent", "dead"])), name="announcement_state_known"
            ),
        ),
    ]
