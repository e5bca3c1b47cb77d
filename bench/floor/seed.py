"""Make the floor's tables, a user with a session, and its rows; print the session's key."""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floor.settings"
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402

from bench.floor.rows.models import Row  # noqa: E402

call_command("migrate", verbosity=0, run_syncdb=True)
user = User.objects.create(username="floor", password="!")
Row.objects.bulk_create(
    Row(
        code=f"T-{n:04d}",
        name=f"任务{n}",
        unit="科室",
        cadre="责任人",
        goal=120,
        actual=n,
        percent=50,
        word="正常推进",
    )
    for n in range(1000)
)
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key)
