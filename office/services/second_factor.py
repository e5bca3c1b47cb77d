"""The second step of signing in: a code from an app on the phone, or one of ten on paper."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import datetime

import pyotp
import segno
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from office import activity, sealing
from office.models import RecoveryCode, SecondFactor, User
from office.permissions import access_of
from office.services.organisation import KEPT_APART, end_sessions, may_let_in, may_manage_people

SECRET, OFFER, RECOVERY = b"office.second_factor", b"office.second_factor.offer", b"office.recovery_code"
OFFERED_FOR = 15 * 60  # seconds
STEP = 30
CODES = 10
WRONG = "验证码不对：请输入手机上现在显示的6位数字，或一个没有用过的恢复码"


def is_asked(user: User) -> bool:
    """Whether a code is asked when this person signs in."""
    return settings.SECOND_FACTOR and user.second_factor_since is not None


def is_compulsory(user: User) -> bool:
    """Whether this person has to set the second step up before anything else."""
    return settings.SECOND_FACTOR and access_of(user).has(*settings.SECOND_FACTOR_ROLES)


def offer(*, to: User) -> str:
    """A new secret, sealed for this person and a quarter of an hour: the form carries it, nothing is stored yet."""
    return sealing.seal(f"{to.pk} {pyotp.random_base32()}", purpose=OFFER)


def secret_of(offered: str, *, to: User) -> str:
    """The secret of an offer. Raises ValidationError where it is too old or another person's."""
    try:
        owner, _, secret = sealing.unseal(offered, purpose=OFFER, seconds=OFFERED_FOR).partition(" ")
    except sealing.SealBroken:
        owner = secret = ""
    if owner != str(to.pk):
        raise ValidationError("这个二维码已过期，请用新的一个")
    return secret


def address_for_app(secret: str, *, user: User) -> str:
    """What an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=settings.PORTAL_NAME)


def picture_for_app(secret: str, *, user: User) -> str:
    """The QR code as an address of a picture (SVG)."""
    return segno.make(address_for_app(secret, user=user), error="m").svg_data_uri(scale=5, border=2)


@transaction.atomic
def set_up_second_factor(*, offered: str, code: str, by: User, at: datetime) -> list[str]:
    """Take the app into use that shows this code; answers the recovery codes, which are shown once.

    Other sessions of the person end. Raises ValidationError for a wrong code or an old offer.
    """
    user = User.objects.select_for_update().get(pk=by.pk)
    if user.second_factor_since is not None:
        raise ValidationError("两步验证已经启用")
    secret = secret_of(offered, to=user)
    step = _step(secret, code, at=at, after=0)
    if step is None:
        raise ValidationError("验证码不对：请输入手机上现在显示的6位数字；总是不对时核对手机的时间")
    SecondFactor.objects.filter(user=user).delete()
    factor = SecondFactor.objects.create(
        user=user, sealed=sealing.seal(secret, purpose=SECRET), last_step=step
    )
    user.second_factor_since = at
    user.save(update_fields=["second_factor_since"])
    codes = _new_codes(factor)
    end_sessions(user)
    by.refresh_from_db(fields=["second_factor_since", "session_stamp"])
    activity.record(by=by, action="office.factor.set", subject=user)
    return codes


@transaction.atomic
def check_code(*, user: User, code: str, at: datetime) -> bool:
    """Whether this is a code of the app's, or a recovery code; either counts once."""
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        return False
    try:
        secret = sealing.unseal(factor.sealed, purpose=SECRET)
    except sealing.SealBroken:
        secret = ""  # the paper still works
    step = _step(secret, code, at=at, after=factor.last_step) if secret else None
    if step is not None:
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        return True
    for row in factor.recovery_codes.filter(used_at=None):
        if sealing.is_fingerprint_of(_digits(code), row.fingerprint, purpose=RECOVERY):
            row.used_at = at
            row.save(update_fields=["used_at"])
            activity.record(by=user, action="office.factor.recover", subject=user)
            return True
    return False


@transaction.atomic
def renew_recovery_codes(*, code: str, by: User, at: datetime) -> list[str]:
    """Ten new recovery codes in place of the old ones. Raises ValidationError for a wrong code."""
    if not check_code(user=by, code=code, at=at):
        raise ValidationError(WRONG)
    codes = _new_codes(SecondFactor.objects.get(user=by))
    activity.record(by=by, action="office.factor.renew", subject=by)
    return codes


@transaction.atomic
def drop_second_factor(*, user: User, by: User) -> None:
    """Take a person's app out of use: the person's own, where it is not compulsory, or an administrator a lost one.

    The person's sessions end, and who must have one sets up another at the next sign-in.
    """
    own = by.pk == user.pk
    if own and is_compulsory(by):
        raise PermissionDenied("您的岗位须用两步验证，不能自己停用；手机遗失请找系统管理员")
    if not own and not may_let_in(user, by):
        raise PermissionDenied(
            KEPT_APART if may_manage_people(by) else "只有系统管理员可以取消别人的两步验证"
        )
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.second_factor_since is None:
        return
    since, user.second_factor_since = user.second_factor_since, None
    user.save(update_fields=["second_factor_since"])
    SecondFactor.objects.filter(user=user).delete()
    end_sessions(user)
    activity.record(
        by=by, action="office.factor.drop", subject=user, detail={"before": {"since": since.isoformat()}}
    )
    if own:
        by.refresh_from_db(fields=["second_factor_since", "session_stamp"])


def _step(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """Whose thirty seconds this code is of: now, or right before or after; later than the last one taken."""
    now, typed, app = int(at.timestamp()) // STEP, _digits(code), pyotp.TOTP(secret)
    found = None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(app.generate_otp(step), typed) and step > after:
            found = step
    return found


def _new_codes(factor: SecondFactor) -> list[str]:
    codes = ["".join(secrets.choice("0123456789") for _ in range(12)) for _ in range(CODES)]
    factor.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, fingerprint=sealing.fingerprint(code, purpose=RECOVERY)) for code in codes
    )
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def _digits(code: str) -> str:
    """A code as typed, without spaces and dashes, full-width digits as plain ones."""
    plain = unicodedata.normalize("NFKC", code)
    return "".join(each for each in plain if each in "0123456789")[:20]
