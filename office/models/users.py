from __future__ import annotations

import unicodedata
from fnmatch import fnmatchcase

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.crypto import salted_hmac

from office.querysets import UserManager


class User(AbstractBaseUser):
    """A person who signs in. Rights come from posts alone; there is no superuser.

    `system` is the one account that nobody can sign in with: commands and tasks act as it.
    """

    SYSTEM = "system"

    username = models.CharField("登录名", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    email = models.EmailField("邮箱", blank=True)
    mobile = models.CharField(
        "手机号",
        max_length=11,
        blank=True,
        validators=[RegexValidator(r"^1[0-9]{10}\Z", "手机号是以1开头的11位数字")],
    )
    # Not every text: `@all` and `a|b` would address others, too.
    wecom_id = models.CharField(
        "企业微信账号",
        max_length=64,
        blank=True,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9][A-Za-z0-9_.@-]*\Z", "企业微信账号以字母或数字开头，只含字母、数字和 _ - @ ."
            )
        ],
    )
    is_active = models.BooleanField("在用", default=True)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    password_changed_at = models.DateTimeField("改密时间", null=True, blank=True, editable=False)
    # Rises when a post is given or ends: sessions that began before are over, as they are with another password.
    session_stamp = models.PositiveIntegerField("会话戳", default=0, editable=False)
    second_factor_since = models.DateTimeField("两步验证启用于", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = "用户"
        verbose_name_plural = "用户"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """A name as it is kept: full-width letters, capitals, spaces around and invisible characters make no other."""
        shown = "".join(each for each in username if unicodedata.category(each) not in ("Cf", "Cc"))
        return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).strip().casefold())

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session has to agree with: the password and the stamp."""
        salt = "office.models.User.get_session_auth_hash"
        said = f"{self.password} {self.session_stamp}"
        return salted_hmac(salt, said, secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_system(self) -> bool:
        """Whether this is the account that commands and tasks act as."""
        return self.username == self.SYSTEM

    # What Django's back office asks. The answer is in the posts (office/permissions.py).

    @property
    def is_staff(self) -> bool:
        """Whether the back office opens for this person."""
        return bool(self._back_office())

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the back office shows this app."""
        return any(pattern.partition(".")[0] == app_label for pattern in self._back_office())

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Whether the back office allows an act such as `plans.change_plan`."""
        return any(fnmatchcase(perm, pattern) for pattern in self._back_office())

    def has_perms(self, perms: list[str], obj: models.Model | None = None) -> bool:
        """Whether the back office allows all of these acts."""
        return all(self.has_perm(perm, obj) for perm in perms)

    def _back_office(self) -> set[str]:
        """Patterns of the permissions that this person's posts of today give (settings.BACK_OFFICE)."""
        from office.permissions import access_of

        access = access_of(self)
        return {
            pattern
            for role, patterns in settings.BACK_OFFICE.items()
            if access.has(role)
            for pattern in patterns
        }


class PasswordRecord(models.Model):
    """A password hash that was in use, kept so that recent ones are not taken again."""

    user = models.ForeignKey(
        User, verbose_name="用户", on_delete=models.CASCADE, related_name="password_records"
    )
    password = models.CharField("密码散列", max_length=128)
    set_at = models.DateTimeField("启用时间")

    class Meta:
        verbose_name = "历史密码"
        verbose_name_plural = "历史密码"
        ordering = ["-set_at"]

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%Y-%m-%d}"
