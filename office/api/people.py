"""Units, posts, and who is calling."""

from __future__ import annotations

from typing import Any

from office.api.fields import Choice, Day, Flag, Key, Moment, Words
from office.api.sections import Asked, Page, Section, found, operation, page_of
from office.api.sheets import Query, Sheet
from office.models import ApiToken, Post, Role, Scope, Unit, UnitKind
from office.permissions import access_of

UNIT = {
    "id": 3, "parent": 2, "code": "jingfa", "name": "经济发展办公室", "kind": "office",
    "path": "rencheng/guanyinge/jingfa/", "is_active": True,
}  # fmt: skip


class UnitSheet(Sheet):
    """单位"""

    id = Key()
    parent = Key(source="parent_id", allow_null=True, help_text="上级单位")  # type: ignore[assignment] # a name of the class, too
    code = Words(help_text="代码")
    name = Words(help_text="名称")
    kind = Choice(UnitKind.choices)
    path = Words(help_text="从上到下各级的代码")
    is_active = Flag(help_text="是否在用")


class UnitQuery(Query):
    """Units by parent and kind."""

    parent = Key(required=False, help_text="只看这个单位的直接下级")  # type: ignore[assignment] # a name of the class, too
    kind = Choice(UnitKind.choices, required=False)


class Units(Section):
    """Units: the tree in which one's posts lie."""

    noun = "单位与人员"

    @operation(
        "单位列表", answers=UnitSheet, query=UnitQuery, pages=True, example={"results": [UNIT], "next": None}
    )
    def list(self, asked: Asked) -> Page:
        rows = Unit.objects.visible_to(asked.by).defer("aliases")
        if "parent" in asked.query:
            rows = rows.filter(parent=asked.query["parent"])
        if "kind" in asked.query:
            rows = rows.filter(kind=asked.query["kind"])
        return page_of(rows, asked)

    @operation("一个单位", answers=UnitSheet, example=UNIT)
    def retrieve(self, asked: Asked, pk: int) -> Unit:
        return found(Unit.objects.visible_to(asked.by), pk)


class PostSheet(Sheet):
    """任职"""

    id = Key()
    user = Key(source="user_id")
    user_name = Words(source="user.name", help_text="姓名")
    unit = Key(source="unit_id")
    unit_name = Words(source="unit.name", help_text="单位名称")
    role = Choice(Role.choices)
    title = Words(help_text="岗位")
    deputy_of = Key(source="deputy_of_id", allow_null=True, help_text="B岗：所顶的任职")
    since = Day(help_text="任职起")
    until = Day(allow_null=True, help_text="任职止；在任为 null")


POST = {
    "id": 7, "user": 12, "user_name": "经办甲", "unit": 3, "unit_name": "经济发展办公室", "role": "cadre",
    "title": "经办", "deputy_of": None, "since": "2024-01-01", "until": None,
}  # fmt: skip


class PostQuery(Query):
    """Posts by unit, person, role, and whether they are held now."""

    unit = Key(required=False)
    user = Key(required=False)
    role = Choice(Role.choices, required=False)
    held = Flag(required=False, help_text="true 只看今天在任的")


class Posts(Section):
    """Posts: who is what, where, since when."""

    noun = "单位与人员"

    @operation(
        "任职列表", answers=PostSheet, query=PostQuery, pages=True, example={"results": [POST], "next": None}
    )
    def list(self, asked: Asked) -> Page:
        rows = Post.objects.visible_to(asked.by).select_related("user", "unit")
        query = dict(asked.query)
        if query.pop("held", False):
            rows = rows.held(on=asked.at.date())
        return page_of(
            rows.filter(**{name: query[name] for name in ("unit", "user", "role") if name in query}), asked
        )

    @operation("一项任职", answers=PostSheet, example=POST)
    def retrieve(self, asked: Asked, pk: int) -> Post:
        return found(Post.objects.visible_to(asked.by).select_related("user", "unit"), pk)


class HeldSheet(Sheet):
    """A role with the paths of the units where it is held."""

    role = Choice(Role.choices)
    path = Words()


class TokenSheet(Sheet):
    """What a token may, and until when."""

    name = Words()
    expires_at = Moment()


class MeSheet(Sheet):
    """调用者"""

    id = Key()
    username = Words(help_text="登录名")
    name = Words(help_text="姓名")
    posts = HeldSheet(many=True, help_text="今天的角色和单位路径")
    scopes = Words(help_text="这次调用的权限范围，空格分开")
    token = TokenSheet(allow_null=True, help_text="所用的令牌；用会话时为 null")


class Me(Section):
    """Who is calling."""

    noun = "单位与人员"

    @operation("我是谁", answers=MeSheet)
    def list(self, asked: Asked) -> dict[str, Any]:
        token = asked.request.auth if isinstance(asked.request.auth, ApiToken) else None
        paths = access_of(asked.by).paths
        return {
            "id": asked.by.pk,
            "username": asked.by.username,
            "name": asked.by.name,
            "posts": [{"role": role, "path": path} for role, each in paths.items() for path in each],
            "scopes": " ".join(token.scopes if token else Scope.values),
            "token": token,
        }
