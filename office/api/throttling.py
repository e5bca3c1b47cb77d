"""How often one caller may ask. Counted by each web process for itself: no page and no call waits for another server."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from office.addresses import address_of, household
from office.clock import real_now
from office.models import ApiToken, User

WINDOW = 60  # seconds


class Rates(BaseThrottle):
    """So many requests a minute for a token, a person, or an address that gave neither."""

    _lock = threading.Lock()
    _window = 0
    _counts: Counter[str] = Counter()

    def allow_request(self, request: Any, view: Any) -> bool:
        now = real_now().timestamp()
        if isinstance(request.auth, ApiToken):
            who, most = f"token {request.auth.pk}", settings.API_RATE
        elif isinstance(request.user, User):
            who, most = f"user {request.user.pk}", settings.API_RATE
        else:
            who, most = f"address {household(address_of(request))}", settings.API_RATE_ANONYMOUS
        window = int(now // WINDOW)
        with Rates._lock:
            if Rates._window != window:
                Rates._window = window
                Rates._counts.clear()
            Rates._counts[who] += 1
            self._wait = WINDOW - now % WINDOW
            return Rates._counts[who] <= most

    def wait(self) -> float | None:
        return self._wait
