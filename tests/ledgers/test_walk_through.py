"""docs/adding-a-ledger.md followed literally, in a copy of the project: what it adds is a working ledger."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once  # what it adds runs in a process with a database of its own

ROOT = Path(settings.BASE_DIR)
APPS = (
    "dashboards",
    "economy",
    "guanyinge",
    "livelihood",
    "notices",
    "office",
    "party",
    "plans",
    "supervision",
    "projects",
    "safety",
)
TRIED = """
from datetime import date
from django.conf import settings
from django.test import Client
from office import clock
from office.models import Unit, User
from office.services import give_post, save_unit, save_user
from party.models import Service
from plans import pillars
from plans.metrics import Wanted, counted
from plans.services.entries import save_entry

settings.ALLOWED_HOSTS = ["*"]
system = User.objects.system()
unit = save_unit(unit=Unit(code="jie", name="街道", kind="subdistrict"), by=system)
cadre = save_user(user=User(username="cadre", name="专员"), by=system)
give_post(user=cadre, unit=unit, role="cadre", since=date(2024, 1, 1), by=system, title="专员")
client = Client()
client.force_login(User.objects.get(pk=cadre.pk), "office.backends.OfficeBackend")
posted = {"name": "清扫楼道", "unit": unit.pk, "held_on": "2024-09-01", "people": "2", "hours": "1.5"}
assert client.post("/party/services/new/", {**posted, "hours": "0"}).status_code == 422
answer = client.post("/party/services/new/", posted)
assert answer.status_code == 302, answer.content.decode()
page = client.get("/party/services/").content.decode()
assert "清扫楼道" in page and "不足三人" in page and "共1次" in page, page
for address in (answer["Location"], "/party/services/export/", "/party/services/template/", "/party/services/import/"):
    assert client.get(address).status_code == 200, address
ledger, metric = pillars.find_metric("party.services")
wanted, day = Wanted(unit.path), date(2024, 9, 20)
assert counted(metric, ledger, days=[day], wanted=[wanted])[wanted, day].value == 1
print("works")
"""


@pytest.mark.once
def test_the_walk_through_adds_a_working_ledger(tmp_path):
    for app in APPS:
        shutil.copytree(ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("templates", "static"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    shutil.copy(ROOT / "manage.py", tmp_path)
    text = (ROOT / "docs" / "adding-a-ledger.md").read_text()
    steps = re.findall(r"(File|Add to) `([\w/.]+)`:\n\n```python\n(.*?)```", text, re.S)
    assert [(act, name) for act, name, _ in steps] == [
        ("File", "party/models/services.py"),
        ("Add to", "party/models/__init__.py"),
        ("Add to", "party/ledgers.py"),
        ("Add to", "party/ledgers.py"),
    ]
    for _, name, code in steps:
        with (tmp_path / name).open("a") as file:
            file.write(f"\n{code}")
    for command in re.findall(r"^bin/manage (.*)$", text, re.M):
        manage(tmp_path, *command.split())

    manage(tmp_path, "collectstatic", "--noinput", "-v", "0")
    assert manage(tmp_path, "shell", "-v", "0", "-c", TRIED).strip().endswith("works")


def manage(folder: Path, *arguments: str) -> str:
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")
    }
    env |= {
        "PORTAL_MODE": "demo",
        "SECRET_KEY": "k" * 60,
        "VAR_DIR": str(folder / "var"),
        "PORTAL_TODAY": "2024-09-20",
    }
    (folder / "var").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, str(folder / "manage.py"), *arguments],
        cwd=folder, env=env, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
