"""Which outside channels a message to a person takes, and who gets a copy of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from notices.channels import address_of
from notices.models import Channel, ChannelAccount, Preference
from office.models import Post, User


@dataclass(frozen=True)
class Route:
    """One way out: the channel, the address there, and the account that sends (none for mail)."""

    channel: Channel
    address: str
    account: ChannelAccount | None = None

    @property
    def is_default(self) -> bool:
        """Whether it is taken while the person has not said otherwise."""
        return self.account is None or self.account.is_default


class Routes:
    """The ways out to these people on a day, read at once: three queries, however many people."""

    def __init__(self, people: Sequence[User], *, on: date) -> None:
        keys = sorted({user.pk for user in people})
        # With one's own come the delegates' preferences: a copy goes the delegate's ways.
        self._preferences = {row.user_id: row for row in Preference.objects.telling(keys, on=on)}
        self._delegates = {
            key: row.delegate
            for key in keys
            if (row := self._preferences.get(key)) is not None and row.delegate_receives
        }
        self._accounts = list(ChannelAccount.objects.in_use().select_related("unit"))
        self._paths: dict[int, list[str]] = defaultdict(list)
        if self._accounts:
            everyone = {*keys, *(user.pk for user in self._delegates.values() if user is not None)}
            posts = Post.objects.held(on=on).filter(user__in=everyone)
            for user, path in posts.values_list("user_id", "unit__path"):
                self._paths[user].append(path)

    def delegate_of(self, user: User) -> User | None:
        """Who gets a copy of what tells this person of a duty."""
        return self._delegates.get(user.pk)

    def open_to(self, user: User) -> list[Route]:
        """Every outside channel that could reach this person, wanted or not."""
        found = [Route(Channel.EMAIL, user.email)] if user.email else []
        for channel in Channel:
            account = self._nearest(user, channel)
            address = address_of(user, channel) if account is not None else ""
            if address:
                found.append(Route(channel, address, account))
        return found

    def taken_to(self, user: User) -> list[Route]:
        """The channels that a message to this person takes: those that the person wants."""
        preference = self._preferences.get(user.pk)
        said = preference.channels if preference is not None else {}
        return [route for route in self.open_to(user) if said.get(route.channel.value, route.is_default)]

    def _nearest(self, user: User, channel: Channel) -> ChannelAccount | None:
        serving = [
            account
            for account in self._accounts
            if account.channel == channel
            and any(path.startswith(account.unit.path) for path in self._paths[user.pk])
        ]
        return max(serving, key=lambda account: len(account.unit.path), default=None)
