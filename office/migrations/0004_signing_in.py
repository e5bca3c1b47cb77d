"""Sessions that end with posts, tries that are counted, names that are kept in one form."""

import unicodedata

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_names_in_one_form(apps, schema_editor):
    """As office.models.User.normalize_username; where two would become one, both stay as they are."""
    users = apps.get_model("office", "User").objects.using(schema_editor.connection.alias)
    names = set(users.values_list("username", flat=True))
    for user in users.all():
        shown = "".join(each for each in user.username if unicodedata.category(each) not in ("Cf", "Cc"))
        name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).strip().casefold())
        if name != user.username and name and name not in names:
            names.add(name)
            user.username = name
            user.save(update_fields=["username"])


def drop_what_axes_counted(apps, schema_editor):
    """Failures of earlier versions: names and addresses that nobody reads any more.

    In words that every `connection.vendor` knows.
    """
    if "axes_accessattempt" not in schema_editor.connection.introspection.table_names():
        return
    for table in (
        "axes_accessattemptexpiration",
        "axes_accessattempt",
        "axes_accessfailurelog",
        "axes_accesslog",
    ):
        schema_editor.execute(f"DROP TABLE IF EXISTS {table}")
    schema_editor.execute("DELETE FROM django_migrations WHERE app = 'axes'")


POSTGRESQL = """
DROP TRIGGER IF EXISTS office_activity_keep_all ON office_activity;
CREATE TRIGGER office_activity_keep_all BEFORE TRUNCATE ON office_activity
    FOR EACH STATEMENT EXECUTE FUNCTION office_activity_refuse();
"""
SQLITE = [
    f"""CREATE TRIGGER office_activity_keep_{what.lower()} BEFORE {what} ON office_activity
       BEGIN SELECT RAISE(ABORT, 'activities are append-only'); END"""
    for what in ("UPDATE", "DELETE")
]


def protect_again(apps, schema_editor):
    """PostgreSQL: against TRUNCATE, too. SQLite made the table anew for its new column, without the triggers."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
    protect_on_sqlite(apps, schema_editor)


def protect_on_sqlite(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            known = {name for (name,) in cursor.fetchall()}
        for statement in SQLITE:
            if statement.split()[2] not in known:
                schema_editor.execute(statement)


def release_truncate(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER office_activity_keep_all ON office_activity")


def begin_with_the_head(apps, schema_editor):
    """What was last done is the last change."""
    heads = apps.get_model("office", "ChainHead").objects.using(schema_editor.connection.alias)
    heads.update(state=models.F("hash"))


class Migration(migrations.Migration):
    dependencies = [("office", "0003_user_addresses")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="session_stamp",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="会话戳"),
        ),
        migrations.AddField(
            model_name="user",
            name="second_factor_since",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="两步验证启用于"),
        ),
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sealed", models.TextField(verbose_name="密钥（已加密）")),
                ("last_step", models.PositiveBigIntegerField(default=0, verbose_name="最近用过的时段")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="second_factor",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={"verbose_name": "两步验证", "verbose_name_plural": "两步验证"},
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fingerprint", models.CharField(max_length=64, verbose_name="指纹")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="用于")),
                (
                    "factor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to="office.secondfactor",
                        verbose_name="两步验证",
                    ),
                ),
            ],
            options={"verbose_name": "恢复码", "verbose_name_plural": "恢复码"},
        ),
        migrations.CreateModel(
            name="Tries",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("pair", "登录名与地址"), ("address", "地址"), ("code", "验证码")],
                        max_length=10,
                        verbose_name="按什么计数",
                    ),
                ),
                ("username", models.CharField(blank=True, max_length=40, verbose_name="登录名")),
                ("address", models.CharField(blank=True, max_length=50, verbose_name="地址")),
                ("count", models.PositiveIntegerField(default=0, verbose_name="失败次数")),
                ("since", models.DateTimeField(db_index=True, verbose_name="自")),
                ("locked_until", models.DateTimeField(blank=True, null=True, verbose_name="锁定至")),
            ],
            options={
                "verbose_name": "登录失败与锁定",
                "verbose_name_plural": "登录失败与锁定",
                "ordering": ["-since"],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "username", "address"), name="tries_counted_once")
                ],
            },
        ),
        # Backwards the table is made anew, too.
        migrations.RunPython(migrations.RunPython.noop, protect_on_sqlite),
        migrations.AddField(
            model_name="activity",
            name="origin",
            field=models.CharField(blank=True, default="", max_length=80, verbose_name="来源"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="chainhead", name="state", field=models.CharField(default="", max_length=64)
        ),
        migrations.RunPython(protect_again, release_truncate),
        migrations.RunPython(begin_with_the_head, migrations.RunPython.noop),
        migrations.RunPython(keep_names_in_one_form, migrations.RunPython.noop),
        migrations.RunPython(drop_what_axes_counted, migrations.RunPython.noop),
    ]
