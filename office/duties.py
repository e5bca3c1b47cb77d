"""The three administrators (三员): who keeps people, who grants, who reads the log; and where they are not kept apart."""

from __future__ import annotations

from datetime import date

from office.models import Post, Role

DUTIES = (Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)


def roles_are_merged(*, on: date) -> bool:
    """Whether nobody holds a post as security administrator on that day, so that administrators give posts, too.

    An account out of use is still held: who keeps accounts must not come to grant by putting one out of use.
    """
    return not Post.objects.held(on=on).filter(role=Role.SECURITY_ADMINISTRATOR).exists()


def merged_duties(*, on: date) -> list[str]:
    """Where the three are not kept apart on that day, as sentences; nothing where they are."""
    held = (
        Post.objects.held(on=on)
        .filter(user__is_active=True)
        .select_related("user")
        .order_by("user__username")
    )
    people: dict[int, tuple[str, set[str]]] = {}
    for post in held:
        people.setdefault(post.user_id, (str(post.user), set()))[1].add(post.role)
    found = []
    if roles_are_merged(on=on):
        found.append("现在没有安全管理员，由系统管理员代为任免；请尽快另设一名安全管理员。")
    elif not any(Role.SECURITY_ADMINISTRATOR in roles for _, roles in people.values()):
        found.append("安全管理员的账号已停用，没有人能任免；请在服务器上另设一名（见运维说明）。")
    if not any(Role.AUDITOR in roles for _, roles in people.values()):
        found.append("现在没有审计员，操作记录没有人查看；请尽快另设一名审计员。")
    for name, roles in people.values():
        duties = [role for role in DUTIES if role in roles]
        if len(duties) > 1:
            found.append(f"{name}一人兼任{_words(duties)}；三员应由不同的人担任。")
        elif duties and len(roles) > 1:
            others = [role for role in Role if role in roles and role not in DUTIES]
            found.append(f"{name}是{_words(duties)}，又任{_words(others)}；三员不应兼任业务岗位。")
    return found


def _words(roles: list[Role]) -> str:
    return "、".join(str(role.label) for role in roles)
