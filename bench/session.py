"""Sign a person of the portal in without a password, for measuring; print the session's key."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanyinge.settings")
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from office import clock  # noqa: E402
from office.models import User  # noqa: E402

for username in sys.argv[1:]:
    user = User.objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "office.backends.OfficeBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["began"] = session["seen"] = clock.real_now().timestamp()
    session.save()
    print(session.session_key)
