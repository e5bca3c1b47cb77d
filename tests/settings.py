"""Settings for tests: the portal's own, with what a test must not share or wait for replaced.

pytest-django reads the settings before it reads any conftest.py, so what has to be in the environment by then is
set here. Each pytest process has a folder of its own, and each worker of pytest-xdist its own Redis database.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
WORKER_NUMBER = int(WORKER.removeprefix("gw") or 0) if WORKER else 0

os.environ.setdefault("PORTAL_MODE", "demo")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("PORTAL_TODAY", "2024-09-20")

# A demo that runs beside the tests keeps its queue, its files and its database to itself.
if WORKER:
    _base = Path(os.environ["PORTAL_TEST_DIR"])
else:
    _base = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    os.environ["PORTAL_TEST_DIR"] = str(_base)
    atexit.register(shutil.rmtree, _base, ignore_errors=True)
os.environ["VAR_DIR"] = str(_base / (WORKER or "main"))
os.environ.pop("MEDIA_ROOT", None)
if os.environ.get("REDIS_URL") and WORKER:
    _url = urlsplit(os.environ["REDIS_URL"])
    _number = int(_url.path.strip("/") or 0) + WORKER_NUMBER
    os.environ["REDIS_URL"] = urlunsplit(_url._replace(path=f"/{_number}"))

from guanyinge.settings import *  # noqa: E402, F403
from guanyinge.settings import CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES, VAR_DIR  # noqa: E402

for _folder in ("data_folder_in", "control_folder"):
    if _folder in CELERY_BROKER_TRANSPORT_OPTIONS:
        Path(str(CELERY_BROKER_TRANSPORT_OPTIONS[_folder])).mkdir(parents=True, exist_ok=True)
for _name in ("media", "static"):
    (VAR_DIR / _name).mkdir(parents=True, exist_ok=True)

# Persistent connections outlive the threads of a live server and hold the test database open.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file as in a real portal: other processes (workers) and threads (the live server) open it, too.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # The manifest exists only after collectstatic.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
