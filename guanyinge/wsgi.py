"""The WSGI entry that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanyinge.settings")

application = get_wsgi_application()

# What was built until now lives as long as the process: it is never looked through again. A page makes some ten
# thousand objects and drops nearly all of them without the collector's help.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
