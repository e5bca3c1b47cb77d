"""The office's password rules. Which of them hold, the setting PASSWORD_RULES says."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from pypinyin import lazy_pinyin

if TYPE_CHECKING:
    from office.models import User


@dataclass(frozen=True)
class Rules:
    """What is asked of a password; 0 is nothing."""

    shortest: int
    classes: int
    remembered: int
    days: int


# `dengbao` is what assessors of 等保 expect; `long` is what ASVS 5.0 prefers: longer, and neither classes nor a last day.
RULES = {
    "dengbao": Rules(shortest=10, classes=3, remembered=5, days=90),
    "long": Rules(shortest=15, classes=0, remembered=5, days=0),
}
# Longer texts only cost hashing time. One that is longer is refused, never cut.
LONGEST = 128
DISTINCT = 5
# Words that everybody in the office would try first, besides the names of its units.
LOCAL_WORDS = ("guanyinge", "rencheng", "jining", "gyg1447", "leshan", "观音阁", "任城", "济宁")
OBVIOUS = {
    "password", "passwd", "passcode", "admin", "administrator", "root", "user", "test", "welcome", "letmein", "qwerty",
    "qwertyuiop", "asdfgh", "asdfghjkl", "qazwsx", "qazwsxedc", "zxcvbn", "zxcvbnm", "abc", "abcd", "abcdef", "iloveyou",
    "woaini", "woaizuguo", "zhongguo", "china", "mima", "guanli", "guanliyuan", "dangzheng", "jiedao", "shequ",
}  # fmt: skip
# Neighbours on the keyboard, in the alphabet and among the numbers; so many of them are one thing to guess, not many.
ROWS = (
    "01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz", "2wsx", "3edc", "4rfv",
    "5tgb", "!@#$%^&*()",
)  # fmt: skip
RUN, BESIDE_RUNS = 4, 5
_LEET = str.maketrans("@4310$5!7", "aaeiossit")


def rules() -> Rules:
    """The rules in force."""
    return RULES.get(settings.PASSWORD_RULES, RULES["dengbao"])


def is_expired(user: User, *, at: datetime) -> bool:
    """Whether a person's password is older than the rules allow."""
    if not rules().days or not user.has_usable_password():
        return False
    changed = user.password_changed_at
    return changed is None or at - changed > timedelta(days=rules().days)


class LengthValidator:
    """Long enough, and not so long that hashing it would cost."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < rules().shortest:
            raise ValidationError(f"密码至少{rules().shortest}位", code="too_short")
        if len(password) > LONGEST:
            raise ValidationError(f"密码至多{LONGEST}位", code="too_long")

    def get_help_text(self) -> str:
        return f"{rules().shortest}至{LONGEST}位"


class ClassesValidator:
    """So many of capitals, small letters, digits and other characters, and not few characters over and over."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len({_class_of(character) for character in password}) < rules().classes:
            raise ValidationError("密码须含大写字母、小写字母、数字、符号中的三类", code="too_plain")
        if len(set(password)) < DISTINCT:
            raise ValidationError(f"密码里不同的字符至少{DISTINCT}个", code="too_plain")

    def get_help_text(self) -> str:
        return "含大写字母、小写字母、数字、符号中的三类" if rules().classes else ""


def _class_of(character: str) -> str:
    category = unicodedata.category(character)
    return category if category in ("Lu", "Ll", "Nd") else "other"


class CommonValidator:
    """Neither a word of the world's common list, nor a local one, nor a unit's, nor the person's own name."""

    def __init__(self) -> None:
        self._common = CommonPasswordValidator()

    def validate(self, password: str, user: User | None = None) -> None:
        lowered = unicodedata.normalize("NFKC", password).casefold()
        words = [*LOCAL_WORDS, *_names_of_units()]
        if user is not None:
            words += [word.casefold() for word in (user.username, user.name) if len(word) >= 3]
            # As a person types the own name; a short one is in too many words.
            words += [word for word in ("".join(lazy_pinyin(user.name)).casefold(),) if len(word) >= 6]
        if any(word in form for word in words for form in (lowered, lowered.translate(_LEET))):
            raise ValidationError("密码不要含单位名、地名或本人姓名、登录名", code="local_word")
        # What a password is at heart: without the year behind it and the signs in place of letters.
        core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lowered)
        if {re.sub(r"[^a-z]", "", form) for form in (lowered, core.translate(_LEET))} & OBVIOUS:
            raise ValidationError("这个密码太常见，请换一个", code="too_common")
        if len(_without_runs(lowered)) < BESIDE_RUNS:
            raise ValidationError("这个密码太常见，请换一个", code="too_common")
        try:
            self._common.validate(lowered)
        except ValidationError:
            raise ValidationError("这个密码太常见，请换一个", code="too_common") from None

    def get_help_text(self) -> str:
        return "不含单位名、地名、本人姓名和登录名"


def _without_runs(text: str) -> str:
    """What is left of a password without its runs such as 123456, qwer or 4321."""
    rows = [*ROWS, *(row[::-1] for row in ROWS)]
    kept, place = "", 0
    while place < len(text):
        length = 0
        while place + length < len(text) and any(text[place : place + length + 1] in row for row in rows):
            length += 1
        kept += "" if length >= RUN else text[place]
        place += length if length >= RUN else 1
    return kept


def _names_of_units() -> Iterable[str]:
    """What the units are called, in characters and as one types them."""
    from office.models import Unit

    for name, aliases in Unit.objects.values_list("name", "aliases"):
        for each in (name, *aliases):
            yield from _forms_of(each)


_KINDS = re.compile(r"(街道办事处|街道|办事处|工作办公室|办公室|居委会|社区|中心|科|办|区|县|市)$")


@lru_cache(maxsize=4096)
def _forms_of(name: str) -> tuple[str, ...]:
    core = _KINDS.sub("", name)
    spelled = "".join(lazy_pinyin(core)).casefold()
    # Two characters or a short syllable are in too many words to be anybody's.
    return tuple(
        word
        for word, least in ((name.casefold(), 3), (core.casefold(), 3), (spelled, 6))
        if len(word) >= least
    )


class HistoryValidator:
    """None of the last passwords of the person."""

    def validate(self, password: str, user: User | None = None) -> None:
        remembered = rules().remembered
        if user is None or user.pk is None or not remembered:
            return
        recent = user.password_records.all()[:remembered]
        if any(check_password(password, record.password) for record in recent):
            raise ValidationError(f"不能与最近{remembered}次用过的密码相同", code="reused")

    def get_help_text(self) -> str:
        return f"不与最近{rules().remembered}次用过的相同" if rules().remembered else ""


def help_text() -> str:
    """The rules in one line, as the form says them."""
    validators = (LengthValidator(), ClassesValidator(), CommonValidator(), HistoryValidator())
    return "，".join(filter(None, (each.get_help_text() for each in validators)))


# No characters that are mistaken for one another when read from paper or over the phone.
_READABLE = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789")


def one_time_password() -> str:
    """A random password of 12 letters and digits, easy to read out; kept only until the first sign-in."""
    rest = [secrets.choice("".join(_READABLE)) for _ in range(9)]
    characters = [*rest, *(secrets.choice(kind) for kind in _READABLE)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)
