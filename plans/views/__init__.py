from plans.views.exports import export
from plans.views.imports import import_apply, import_preview, import_start, import_template
from plans.views.ledger import ledger
from plans.views.mine import mine, report, withdraw
from plans.views.pillars import pillar_page
from plans.views.review import approve, review, send_back
from plans.views.targets import target_page

__all__ = [
    "approve",
    "export",
    "import_apply",
    "import_preview",
    "import_start",
    "import_template",
    "ledger",
    "mine",
    "pillar_page",
    "report",
    "review",
    "send_back",
    "target_page",
    "withdraw",
]
