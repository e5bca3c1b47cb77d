"""Every address of the API, at a glance."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from notices.api import Notices
from office.api.people import Me, Posts, Units
from office.api.sections import Nowhere, Section
from office.api.views import Document, docs
from plans.api.imports import Imports, ImportUploads
from plans.api.ledgers import Entries, Ledgers
from plans.api.plans import Clauses, Months, Plans, Themes
from plans.api.reports import MonthReports, Reports
from plans.api.standings import FiguresSection, Standings, Summaries
from plans.api.targets import Checkpoints, Targets
from supervision.api import Orders, OrderTasks

app_name = "api"
ONE = "<key:pk>/"


def at(address: str, section: type[Section], name: str, **acts: str) -> URLPattern:
    """An address with the act that each method does there."""
    methods: dict[str, Any] = dict(acts)
    view: Any = section.as_view(methods, basename=name, detail=True)
    return path(address, view, name=f"{name}_{next(iter(acts.values()))}")


urlpatterns = [
    at("me/", Me, "me", get="list"),
    at("units/", Units, "unit", get="list"),
    at(f"units/{ONE}", Units, "unit", get="retrieve"),
    at("posts/", Posts, "post", get="list"),
    at(f"posts/{ONE}", Posts, "post", get="retrieve"),
    at("plans/", Plans, "plan", get="list"),
    at(f"plans/{ONE}", Plans, "plan", get="retrieve"),
    at(f"plans/{ONE}document/", Plans, "plan", get="document"),
    at("themes/", Themes, "theme", get="list"),
    at(f"themes/{ONE}", Themes, "theme", get="retrieve"),
    at("clauses/", Clauses, "clause", get="list"),
    at(f"clauses/{ONE}", Clauses, "clause", get="retrieve"),
    at("months/", Months, "month", get="list"),
    at("targets/", Targets, "target", get="list", post="create"),
    at(f"targets/{ONE}", Targets, "target", get="retrieve", patch="partial_update"),
    at(f"targets/{ONE}suspend/", Targets, "target", post="suspend"),
    at(f"targets/{ONE}withdraw/", Targets, "target", post="withdraw"),
    at(f"targets/{ONE}resume/", Targets, "target", post="resume"),
    at("checkpoints/", Checkpoints, "checkpoint", get="list"),
    at(f"checkpoints/{ONE}", Checkpoints, "checkpoint", get="retrieve"),
    at(f"checkpoints/{ONE}cancel/", Checkpoints, "checkpoint", post="cancel"),
    at(f"targets/{ONE}reports/<month:month>/", MonthReports, "month_report", get="retrieve", post="submit"),
    at(
        f"targets/{ONE}drafts/<month:month>/",
        MonthReports,
        "month_report",
        get="draft",
        put="keep",
        delete="discard",
    ),
    at("reports/", Reports, "report", get="list"),
    at(f"reports/{ONE}", Reports, "report", get="retrieve"),
    at(f"reports/{ONE}withdraw/", Reports, "report", post="withdraw"),
    at(f"reports/{ONE}approve/", Reports, "report", post="approve"),
    at(f"reports/{ONE}return/", Reports, "report", post="send_back"),
    at(f"reports/{ONE}drop-amendment/", Reports, "report", post="drop"),
    at("standings/", Standings, "standing", get="list"),
    at(f"standings/{ONE}", Standings, "standing", get="retrieve"),
    at("summaries/", Summaries, "summary", get="list"),
    at("figures/", FiguresSection, "figures", get="list"),
    at("ledgers/", Ledgers, "ledger", get="list"),
    at("ledgers/<slug:ledger>/entries/", Entries, "entry", get="list", post="create"),
    at(f"ledgers/<slug:ledger>/entries/{ONE}", Entries, "entry", get="retrieve", patch="partial_update"),
    at(f"ledgers/<slug:ledger>/entries/{ONE}remove/", Entries, "entry", post="remove"),
    at("imports/", Imports, "import", get="list"),
    at("imports/upload/", ImportUploads, "import_upload", post="create"),
    at(f"imports/{ONE}", Imports, "import", get="retrieve"),
    at(f"imports/{ONE}rows/", Imports, "import", get="rows"),
    at(f"imports/{ONE}apply/", Imports, "import", post="apply"),
    at(f"imports/{ONE}cancel/", Imports, "import", post="cancel"),
    at(f"imports/{ONE}undo/", Imports, "import", post="undo"),
    at("notices/", Notices, "notice", get="list"),
    at("notices/read-all/", Notices, "notice", post="read_all"),
    at(f"notices/{ONE}", Notices, "notice", get="retrieve"),
    at(f"notices/{ONE}read/", Notices, "notice", post="read"),
    at("orders/", Orders, "order", get="list", post="create"),
    at(f"orders/{ONE}", Orders, "order", get="retrieve", patch="partial_update"),
    at(f"orders/{ONE}moves/", Orders, "order", get="moves"),
    at(f"orders/{ONE}issue/", Orders, "order", post="issue"),
    at(f"orders/{ONE}withdraw/", Orders, "order", post="withdraw"),
    at(f"orders/{ONE}reopen/", Orders, "order", post="reopen"),
    at("order-tasks/", OrderTasks, "order_task", get="list"),
    at(f"order-tasks/{ONE}", OrderTasks, "order_task", get="retrieve"),
    at(f"order-tasks/{ONE}sign/", OrderTasks, "order_task", post="sign"),
    at(f"order-tasks/{ONE}feed-back/", OrderTasks, "order_task", post="feed_back"),
    at(f"order-tasks/{ONE}report/", OrderTasks, "order_task", post="report"),
    at(f"order-tasks/{ONE}take-back/", OrderTasks, "order_task", post="take_back"),
    at(f"order-tasks/{ONE}accept/", OrderTasks, "order_task", post="accept"),
    at(f"order-tasks/{ONE}return/", OrderTasks, "order_task", post="send_back"),
    at(f"order-tasks/{ONE}close/", OrderTasks, "order_task", post="close"),
    at(f"order-tasks/{ONE}ask/", OrderTasks, "order_task", post="ask"),
    at(f"order-tasks/{ONE}take-ask-back/", OrderTasks, "order_task", post="take_ask_back"),
    at(f"order-tasks/{ONE}agree/", OrderTasks, "order_task", post="agree"),
    at(f"order-tasks/{ONE}grant/", OrderTasks, "order_task", post="grant"),
    at(f"order-tasks/{ONE}refuse/", OrderTasks, "order_task", post="refuse"),
    at(f"order-tasks/{ONE}transfer/", OrderTasks, "order_task", post="transfer"),
    at(f"order-tasks/{ONE}suspend/", OrderTasks, "order_task", post="suspend"),
    at(f"order-tasks/{ONE}resume/", OrderTasks, "order_task", post="resume"),
    at(f"order-tasks/{ONE}withdraw/", OrderTasks, "order_task", post="withdraw"),
    at(f"order-tasks/{ONE}urge/", OrderTasks, "order_task", post="urge"),
    path("schema/", Document.as_view({"get": "read"}), name="schema"),
    path("docs/", docs, name="docs"),
    path("", Nowhere.as_view({"get": "nothing"}), name="root"),
    path("<path:rest>", Nowhere.as_view({"get": "nothing"}), name="nowhere"),
]
