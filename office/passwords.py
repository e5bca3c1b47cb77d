"""The office's password rules: 等保 asks for length, classes, no common words, no recent reuse."""

from __future__ import annotations

import secrets
import unicodedata
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from office.models import User

SHORTEST, LONGEST, REMEMBERED = 8, 128, 5
# Words that everybody in the office would try first.
LOCAL_WORDS = ("guanyinge", "rencheng", "jining", "gyg1447", "leshan", "观音阁", "任城", "济宁")


class LengthValidator:
    """8 to 128 characters: longer texts would only cost hashing time."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < SHORTEST:
            raise ValidationError(f"密码至少{SHORTEST}位", code="too_short")
        if len(password) > LONGEST:
            raise ValidationError(f"密码至多{LONGEST}位", code="too_long")

    def get_help_text(self) -> str:
        return f"{SHORTEST}至{LONGEST}位"


class ClassesValidator:
    """At least three of capitals, small letters, digits and other characters."""

    def validate(self, password: str, user: User | None = None) -> None:
        classes = {_class_of(character) for character in password}
        if len(classes) < 3:
            raise ValidationError("密码须含大写字母、小写字母、数字、符号中的三类", code="too_plain")

    def get_help_text(self) -> str:
        return "含大写字母、小写字母、数字、符号中的三类"


def _class_of(character: str) -> str:
    category = unicodedata.category(character)
    return category if category in ("Lu", "Ll", "Nd") else "other"


class CommonValidator:
    """Neither a word of the world's common list, nor a local one, nor the person's own name."""

    def __init__(self) -> None:
        self._common = CommonPasswordValidator()

    def validate(self, password: str, user: User | None = None) -> None:
        lowered = password.lower()
        words = [*LOCAL_WORDS]
        if user is not None:
            words += [word.lower() for word in (user.username, user.name) if len(word) >= 3]
        if any(word in lowered for word in words):
            raise ValidationError("密码不要含单位名、地名或本人姓名、登录名", code="local_word")
        try:
            self._common.validate(password)
        except ValidationError:
            raise ValidationError("这个密码太常见，请换一个", code="too_common") from None

    def get_help_text(self) -> str:
        return "不含单位名、地名、本人姓名和登录名"


class HistoryValidator:
    """None of the last five passwords of the person."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        recent = user.password_records.all()[:REMEMBERED]
        if any(check_password(password, record.password) for record in recent):
            raise ValidationError(f"不能与最近{REMEMBERED}次用过的密码相同", code="reused")

    def get_help_text(self) -> str:
        return f"不与最近{REMEMBERED}次用过的相同"


# No characters that are mistaken for one another when read from paper or over the phone.
_READABLE = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789")


def one_time_password() -> str:
    """A random password of 12 letters and digits, easy to read out; kept only until the first sign-in."""
    rest = [secrets.choice("".join(_READABLE)) for _ in range(9)]
    characters = [*rest, *(secrets.choice(kind) for kind in _READABLE)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)
