"""What a plan hid of its boards becomes a row of 四单四榜, which supervision keeps."""

from typing import Any

from django.db import migrations

# How they came when this was written.
BOARDS = (
    ("progress", "进度榜"),
    ("timeliness", "及时榜"),
    ("quality", "质量榜"),
    ("rectification", "整改榜"),
)


def name_boards(apps: Any, schema_editor: Any) -> None:
    hidden: dict[int, set[str]] = {}
    for plan, board in apps.get_model("dashboards", "HiddenBoard").objects.values_list("plan_id", "board"):
        hidden.setdefault(plan, set()).add(board)
    setting = apps.get_model("supervision", "ListSetting")
    setting.objects.bulk_create(
        setting(
            plan_id=plan, kind="boards", key=key, position=place, label=label, words="", is_on=key not in off
        )
        for plan, off in hidden.items()
        for place, (key, label) in enumerate(BOARDS, 1)
    )  # fmt: skip


def hide_boards(apps: Any, schema_editor: Any) -> None:
    off = apps.get_model("supervision", "ListSetting").objects.filter(kind="boards", is_on=False)
    hidden = apps.get_model("dashboards", "HiddenBoard")
    hidden.objects.bulk_create(
        hidden(plan_id=plan, board=key) for plan, key in off.values_list("plan_id", "key")
    )
    apps.get_model("supervision", "ListSetting").objects.filter(kind="boards").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0003_lists"),
        ("dashboards", "0002_screens_and_bulletins"),
    ]

    operations = [
        migrations.RunPython(name_boards, hide_boards),
        migrations.DeleteModel(name="HiddenBoard"),
    ]
