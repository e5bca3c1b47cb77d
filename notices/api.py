"""A person's inbox over the API."""

from __future__ import annotations

from django.db.models import QuerySet

from notices.models import Notice
from notices.services import mark_all_read, mark_read
from office.api.fields import Flag, Free, Key, Moment, Number, Words
from office.api.sections import Asked, Page, Section, found, operation, page_of
from office.api.sheets import Query, Sheet
from office.models import Scope


class NoticeSheet(Sheet):
    """消息"""

    id = Key()
    kind = Words(help_text="类别")
    title = Words(help_text="标题")
    lines = Free(
        schema={
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        help_text="每行有文字 text，能办的带网页地址 path",
    )
    on_behalf_of = Key(source="on_behalf_of_id", allow_null=True, help_text="代谁收")
    created_at = Moment()
    read_at = Moment(allow_null=True)


NOTICE = {
    "id": 81, "kind": "returned", "title": "退回：新增城镇就业（9月）",
    "lines": [{"text": "退回理由：请写明进展", "path": "/targets/11/2024-09/"}], "on_behalf_of": None,
    "created_at": "2024-09-20T10:00:00+08:00", "read_at": None,
}  # fmt: skip


class NoticeQuery(Query):
    """Messages, all or unread."""

    unread = Flag(required=False, help_text="true 只看未读的")


class ReadSheet(Sheet):
    """全部已读"""

    read = Number(help_text="这次标为已读的条数")


class Notices(Section):
    """The messages to the caller, and nobody else's."""

    noun = "消息"

    def _rows(self, asked: Asked) -> QuerySet[Notice]:
        return Notice.objects.visible_to(asked.by)

    @operation(
        "消息列表",
        answers=NoticeSheet,
        query=NoticeQuery,
        pages=True,
        example={"results": [NOTICE], "next": None},
    )
    def list(self, asked: Asked) -> Page:
        rows = self._rows(asked)
        return page_of(rows.filter(read_at__isnull=True) if asked.query.get("unread") else rows, asked)

    @operation("一条消息", answers=NoticeSheet, example=NOTICE)
    def retrieve(self, asked: Asked, pk: int) -> Notice:
        return found(self._rows(asked), pk)

    @operation("标为已读", scope=Scope.REPORT, answers=NoticeSheet)
    def read(self, asked: Asked, pk: int) -> Notice:
        mark_read(notice=found(self._rows(asked), pk), by=asked.by, at=asked.at)
        return self._rows(asked).get(pk=pk)

    @operation("全部标为已读", scope=Scope.REPORT, answers=ReadSheet)
    def read_all(self, asked: Asked) -> dict[str, int]:
        return {"read": mark_all_read(by=asked.by, at=asked.at)}
