import argparse
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from office import clock, services
from office.duties import merged_duties
from office.models import Role, UnitKind, User
from office.services import Founder


class Command(BaseCommand):
    """The door `found_office`: the first run of an installation."""

    help = (
        "初始化：建第一个单位和系统、安全、审计三名管理员，打印各自的一次性密码（只此一次）。已有用户时拒绝。"
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", help="单位名称，例如 观音阁街道")
        parser.add_argument("code", help="单位代码，例如 guanyinge")
        parser.add_argument("--kind", choices=UnitKind.values, default=UnitKind.SUBDISTRICT, help="单位类别")
        parser.add_argument("--administrator", default="xitong", help="系统管理员的登录名")
        parser.add_argument("--security", default="anquan", help="安全管理员的登录名")
        parser.add_argument("--auditor", default="shenji", help="审计员的登录名")
        parser.add_argument(
            "--merged", action="store_true", help="人手不足时三员合一，只建一人；后台会一直提示"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        duties = (Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)
        names = (options["administrator"], options["security"], options["auditor"])
        founders = [
            Founder(username, str(role.label), (role,)) for username, role in zip(names, duties, strict=True)
        ]
        if options["merged"]:  # without a security administrator the administrator gives posts
            founders = [Founder(names[0], str(duties[0].label), (Role.ADMINISTRATOR, Role.AUDITOR))]
        try:
            made = services.found_office(
                name=options["name"],
                code=options["code"],
                kind=options["kind"],
                founders=founders,
                on=clock.today(),
                by=User.objects.system(),
            )
        except ValidationError as refused:
            raise CommandError("\n".join(refused.messages)) from refused
        self.stdout.write("一次性密码（只显示这一次，首次登录须改）：")
        for user, password in made:
            self.stdout.write(f"{user.name}　登录名 {user.username}　密码 {password}")
        for warning in merged_duties(on=clock.today()):
            self.stderr.write(f"注意：{warning}")
