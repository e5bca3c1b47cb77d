"""Who may do what: every address of the portal, every method, every role, every place a row can stand in.

A row of a section is one address and says what each method answers to whom, first match first:

    Door("plans:target_edit", TARGET, get="k:200 s:403", post="k:422 s:403")

is: whoever keeps the plan of the target gets the form (an empty one sent comes back as 422), whoever sees the target is
told that it is not theirs to do, and everybody else learns nothing: 404, which is never written down. Who is not signed in,
or is switched off, is led to the sign-in, unless the row says `public`. HEAD answers as GET; a method that is not named
answers 405. The letters stand in the tables below. `data` is what is sent along, so that a right is asked before a
mistake is found.

A new address fails tests/access/test_matrix.py until it has a row here, and a row without an address does too. The pages
of the back office are rows made from BACK_OFFICE: each model, each of its pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The places in which a row can stand, as seen from the cadre of the economy office (tests/access/world.py draws them).
PLACES = ("own", "handed", "child", "moved", "sibling", "parent", "foreign")

# Rights over a target in a place -----------------------------------------------------------------
#
#   s sees it                           d decides on its report (审核)      a agrees to its extension
#   r reports it                        c comments (批示)                   g grants it
#   k keeps its plan (督查员)           n grants it once a head agreed      w asked for the extension, may take it back
#   u urges (催办)                      t refuses it                        f brought a file that is not handed in yet

TARGETS = """
               own      handed   child    moved    sibling  parent   foreign
cadre          srwf     .        .        .        .        .        .
deputy         sr       .        .        .        .        .        .
successor      .        srwf     .        .        .        .        .
leaver         .        .        .        .        .        .        .
head           srduat   srduat   srduat   srduat   .        .        .
other_head     .        .        .        .        srduat   .        .
leader         scu      scu      scu      scu      scu      scu      .
planner        srkunt   srkunt   srkunt   srkunt   srkunt   srdkugt  .
outsider       .        .        .        .        .        .        srdkugt
administrator  .        .        .        .        .        .        .
security       .        .        .        .        .        .        .
auditor        .        .        .        .        .        .        .
"""

# Rights over a row of a ledger: s sees it, r writes it, o orders on it (立督办单).
ENTRIES = """
               own      handed   child    moved    sibling  parent   foreign
cadre          sr       sr       sr       sr       .        .        .
deputy         sr       sr       sr       sr       .        .        .
successor      sr       sr       sr       sr       .        .        .
leaver         .        .        .        .        .        .        .
head           sr       sr       sr       sr       .        .        .
other_head     .        .        .        .        sr       .        .
leader         s        s        s        s        s        s        .
planner        sro      sro      sro      sro      sro      sro      .
outsider       .        .        .        .        .        .        sro
administrator  .        .        .        .        .        .        .
security       .        .        .        .        .        .        .
auditor        .        .        .        .        .        .        .
"""

# Rights over an order that was issued to one unit, and over its one task: s sees it, h does it, k keeps it, a is the head
# who agrees to a later limit or gives it to another of the unit.
ORDERS = """
               own      handed   child    moved    sibling  parent   foreign
cadre          sh       .        .        .        .        .        .
deputy         sh       .        .        .        .        .        .
successor      .        sh       .        .        .        .        .
leaver         .        .        .        .        .        .        .
head           sha      sha      sha      sha      .        .        .
other_head     .        .        .        .        sha      .        .
leader         s        s        s        s        s        s        .
planner        sk       sk       sk       sk       sk       sk       .
outsider       .        .        .        .        .        .        sk
administrator  .        .        .        .        .        .        .
security       .        .        .        .        .        .        .
auditor        .        .        .        .        .        .        .
"""

# A message: its recipient's alone, as a token is its person's. What was suggested: s its writer sees it, k the plan office answers it.
PRIVATE = """
               own      handed   child    moved    sibling  parent   foreign
cadre          s        .        .        .        .        .        .
deputy         .        .        .        .        .        .        .
successor      .        s        .        .        .        .        .
leaver         .        .        .        .        .        .        .
head           .        .        .        .        .        .        .
other_head     .        .        .        .        .        .        .
leader         .        .        .        .        .        .        .
planner        .        .        .        .        .        .        .
outsider       .        .        .        .        .        .        .
administrator  .        .        .        .        .        .        .
security       .        .        .        .        .        .        .
auditor        .        .        .        .        .        .        .
"""
SUGGESTED = """
               own      handed   child    moved    sibling  parent   foreign
cadre          s        .        .        .        .        .        .
deputy         .        .        .        .        .        .        .
successor      .        s        .        .        .        .        .
leaver         .        .        .        .        .        .        .
head           .        .        .        .        .        .        .
other_head     .        .        .        .        .        .        .
leader         .        .        .        .        .        .        .
planner        k        k        k        k        k        k        .
outsider       .        .        .        .        .        .        k
administrator  .        .        .        .        .        .        .
security       .        .        .        .        .        .        .
auditor        .        .        .        .        .        .        .
"""

# What belongs to a plan as a whole (an import, an address of the big screen). Whoever has business with a plan is told that
# it is not theirs (b), whichever number is asked for; whoever keeps one (k) learns of nothing in another.
OF_PLAN = """
               own      foreign
cadre          b        b
deputy         b        b
successor      b        b
leaver         .        .
head           b        b
other_head     b        b
leader         b        b
planner        k        .
outsider       .        k
administrator  .        .
security       .        .
auditor        .        .
"""

# Without any row: what somebody is at all.
#   b has business with a plan    c cadre    h head    l leader    k plan office (督查员)
#   a administrator    s security administrator    u auditor
HERE = """
               here
cadre          bcr
deputy         bcr
successor      bcr
leaver         .
head           bhr
other_head     bhr
leader         bl
planner        bkr
outsider       bkr
administrator  a
security       s
auditor        u
"""
# r keeps rows of ledgers and reports

SIGNED_IN = tuple(line.split()[0] for line in HERE.strip().splitlines()[1:])
NOBODY = ("anonymous", "deactivated")
ROLES = (*NOBODY, *SIGNED_IN)
# Asked about every place, whether they have something to do with it or not; the others about the first one.
NEIGHBOURS = ("cadre", "head", "other_head", "planner", "outsider")


def grid(text: str) -> dict[str, dict[str, str]]:
    """place → role → letters."""
    head, *lines = text.strip().splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines}
    return {
        place: {role: letters[column].replace(".", "") for role, letters in rows.items()}
        for column, place in enumerate(head.split())
    }


@dataclass(frozen=True)
class Rows:
    """A kind of row that addresses lead to: its table of rights, and which keys an address of it takes."""

    name: str
    table: str
    keys: tuple[str, ...]  # attributes of a place (tests/access/world.py), or a text that begins with =


MONTH, OLD = "=2024-09", "=2024-06"
TARGET = Rows("target", TARGETS, ("target",))
IN_THE_BODY = Rows("target", TARGETS, ())
TARGET_MONTH = Rows("target", TARGETS, ("target", MONTH))
TARGET_APPROVED = Rows("target", TARGETS, ("target", OLD))
COMMENT = Rows("comment", TARGETS, ("comment",))
REPORT = Rows("report", TARGETS, ("report",))
EVIDENCE = Rows("evidence", TARGETS, ("evidence",))
UNFILED = Rows("unfiled", TARGETS, ("unfiled",))
CHECKPOINT = Rows("checkpoint", TARGETS, ("checkpoint",))
EXTENSION = Rows("extension", TARGETS, ("extension",))
EXCEPTION = Rows("exception", TARGETS, ("exception",))
ENTRY = Rows("entry", ENTRIES, ("=premises", "entry"))
ENTRY_FILE = Rows("entry_file", ENTRIES, ("=premises", "entry", "entry_file"))
ORDER = Rows("order", ORDERS, ("order",))
ORDER_TASK = Rows("order_task", ORDERS, ("order_task", "=sign"))
ORDER_PART = Rows("order_part", ORDERS, ("order_task",))
ORDER_FILE = Rows("order_file", ORDERS, ("order_file",))
ORDER_URGING = Rows("order_urging", ORDERS, ("order_urging",))
NOTICE = Rows("notice", PRIVATE, ("notice",))
API_TOKEN = Rows("api_token", PRIVATE, ("api_token",))
FEEDBACK = Rows("feedback", SUGGESTED, ("feedback",))
BATCH = Rows("batch", OF_PLAN, ("batch",))
SCREEN = Rows("screen", OF_PLAN, ("screen",))
ANYTHING = Rows("here", HERE, ())
THIS_MONTH = Rows("here", HERE, (MONTH,))
CLOSED_MONTH = Rows("here", HERE, ("=2024-07",))
PUBLISHED = Rows("here", HERE, ("=2024-07", "=1"))


@dataclass(frozen=True)
class Door:
    """One address: what its methods answer to whom."""

    name: str
    rows: Rows = ANYTHING
    get: str = ""
    post: str = ""
    data: Mapping[str, Any] = field(
        default_factory=dict
    )  # what is posted; {target} and the like name a row's key
    query: str = ""
    public: bool = False  # asks nobody to sign in
    own_methods: str = ""  # methods that it knows besides, as a class of Django's does
    roles: tuple[str, ...] = ()  # who is asked, where a page stands for others like it; else everybody

    @property
    def methods(self) -> dict[str, str]:
        """What is said of each method."""
        return {method: said for method, said in (("GET", self.get), ("POST", self.post)) if said}


SIGNED = "*:200"

HOUSE = [
    Door("home", get="*:302"),
    Door("office:signin", get="*:302 -:200", post="*:302 -:422", public=True, own_methods="PUT OPTIONS"),
    Door("office:signout", post="*:302 -:302", public=True, own_methods="OPTIONS"),
    Door(
        "office:signin_code", get="*:302 -:302", post="*:302 -:302", public=True
    ),  # nobody gave a password before
    Door("office:account", get=SIGNED),
    Door("office:token_end", API_TOKEN, post="s:302"),
    Door("office:password", get=SIGNED, post="*:422", data={"old": "不对"}),
    Door("office:second_factor", get=SIGNED, post="*:404"),  # the demo asks for none
    Door("office:log", get="u:200 b:403 a:403 s:403"),
    Door("office:log_export", get="u:200 b:403 a:403 s:403"),
    Door("office:log_verify", post="u:302 b:403 a:403 s:403"),
    Door("styleguide", get="*:200 -:200", public=True),
    Door("healthz", get="*:200 -:200", public=True),
    Door("readyz", get="*:200 -:200", public=True),
]

MESSAGES = [
    Door("notices:inbox", get=SIGNED),
    Door("notices:notice", NOTICE, get="s:200", post="s:302"),
    Door("notices:preferences", get=SIGNED, post="*:422"),
    Door("notices:read_all", post="*:302"),
    Door("notices:feedback", get=SIGNED, post="*:422"),
    Door("notices:answer", FEEDBACK, post="k:302 s:403", data={"answer": "已改", "version": "1"}),
]

REPORTING = [
    Door("plans:mine", get="b:200"),
    Door("plans:unchanged", THIS_MONTH, post="b:302"),
    Door("plans:report", TARGET_MONTH, get="s:302", post="r:422 s:403"),
    Door("plans:draft", TARGET_MONTH, post="r:200 s:403 -:401", public=True),
    Door("plans:history", TARGET_APPROVED, get="s:200"),
    Door("plans:drop", TARGET_APPROVED, post="r:302 s:403"),
    Door("plans:withdraw", TARGET_MONTH, post="r:302 s:403"),
    Door("plans:progress_import", THIS_MONTH, get="r:200", post="r:422"),
    Door("plans:progress_keep", THIS_MONTH, post="r:409"),
    Door("plans:evidence_file", EVIDENCE, get="s:200"),
    Door("plans:evidence_preview", EVIDENCE, get="s:200"),
    Door("plans:evidence_remove", EVIDENCE, post="r:302 s:403"),
]

DECIDING = [
    Door("plans:review", get="h:200 k:200 b:403"),
    # What a head or the plan office does not see is as good as not ticked.
    Door(
        "plans:approve",
        IN_THE_BODY,
        data={"report": "{report}"},
        post="d:302 s:403 head:302 other_head:302 planner:302 outsider:302 cadre:403 deputy:403 successor:403 leader:403",
    ),
    Door("plans:send_back", REPORT, post="d:422 s:403"),
    Door("plans:extensions", get="b:200"),
    Door("plans:extension_new", TARGET, get="r:200 s:403", post="r:422 s:403"),
    Door("plans:extension_agree", EXTENSION, post="a:302 s:403"),
    Door("plans:extension_grant", EXTENSION, post="g:302 n:409 s:403"),
    Door("plans:extension_refuse", EXTENSION, post="t:422 s:403"),
    Door("plans:extension_withdraw", EXTENSION, post="w:302 s:403"),
]

TARGET_PAGES = [
    Door("plans:ledger", get="b:200"),
    Door("plans:export", get="b:200"),
    Door("plans:target", TARGET, get="s:200"),
    Door("plans:target_comment", TARGET, post="c:422 s:403"),
    Door("plans:target_new", get="k:200 b:403", post="k:422 b:403"),
    Door("plans:target_edit", TARGET, get="k:200 s:403", post="k:422 s:403"),
    Door("plans:target_suspend", TARGET, get="k:200 s:403", post="k:302 s:403", data={"reason": "上级叫停"}),
    Door("plans:target_withdraw", TARGET, get="k:200 s:403", post="k:302 s:403", data={"reason": "上级叫停"}),
    Door("plans:target_resume", TARGET, get="k:200 s:403", post="k:409 s:403", data={"reason": "恢复"}),
    Door("plans:target_source", TARGET, get="k:200 s:403", post="k:302 s:403", data={"metric": "", "entry": ""}),
    Door("plans:checkpoint_cancel", CHECKPOINT, get="k:200 s:403", post="k:302 s:403", data={"reason": "不办了"}),
]  # fmt: skip

KEEPING = [
    Door("plans:months", get="b:200"),
    Door("plans:export_reports", THIS_MONTH, get="b:200"),
    Door("plans:month_close", THIS_MONTH, get="k:409 b:403", post="k:409 b:403"),
    Door("plans:month_move", THIS_MONTH, get="k:200 b:403", post="k:422 b:403"),
    Door("plans:month_exception", THIS_MONTH, get="k:200 b:403", post="k:422 b:403"),
    Door("plans:month_exception_end", EXCEPTION, get="k:200 s:403", post="k:422 s:403"),
    Door("plans:filing", get="b:200"),
    Door("plans:urge", IN_THE_BODY, post="u:302 s:403", data={"month": "2024-08", "target": "{target}"}),
    Door("plans:reminders", get="b:200"),
    Door("plans:ladder", get="k:200 b:403", post="k:422 b:403"),
    Door("plans:handover", get="k:200 a:200 b:403", post="k:422 a:422 b:403"),
    Door("plans:import", get="k:200 b:403", post="k:422 b:403", data={"act": "look"}),
    Door("plans:import_template", get="k:200 b:403"),
    Door("plans:import_preview", BATCH, get="k:200 b:403"),
    Door("plans:import_choose", BATCH, post="k:302 b:403", data={"version": "1"}),
    Door("plans:import_apply", BATCH, post="k:409 b:403", data={"version": "0"}),
    Door("plans:import_cancel", BATCH, post="k:302 b:403"),
    Door("plans:import_undo", BATCH, post="k:409 b:403"),
    Door("plans:import_annotated", BATCH, get="k:200 b:403"),
]

LOOKING = [
    Door("dashboards:overview", get="b:200"),
    Door("dashboards:boards", get="b:200"),
    Door("dashboards:document", get="b:200"),
    Door("dashboards:screens", get="k:200 b:403", post="k:422 b:403"),
    Door("dashboards:screen_ended", SCREEN, post="k:302 b:403"),
    # The address is the right, whoever asks.
    Door("dashboards:screen", Rows("screen", OF_PLAN, ("token",)), get="*:200 -:200", public=True),
    Door("dashboards:bulletins", get="b:200"),
    Door("dashboards:bulletin", CLOSED_MONTH, get="b:200"),
    Door("dashboards:bulletin_made", CLOSED_MONTH, post="k:302 b:403"),
    Door("dashboards:bulletin_published", CLOSED_MONTH, post="k:422 b:403"),
    Door("dashboards:bulletin_word", CLOSED_MONTH, get="k:200"),
    Door("dashboards:bulletin_pdf", CLOSED_MONTH, get="k:200"),
    Door("dashboards:edition_word", PUBLISHED, get="b:200"),
    Door("dashboards:edition_pdf", PUBLISHED, get="b:200"),
]

# One ledger for each pillar stands for all: they share their pages. The rows themselves are those of 楼宇厂房.
LEDGERS = {
    "economy": "premises", "projects": "projects", "livelihood": "compounds", "safety": "hazards", "party": "brands",
}  # fmt: skip
FEW = ("anonymous", "cadre", "leader", "planner", "auditor")


def pillar_doors(pillar: str, key: str, roles: tuple[str, ...]) -> list[Door]:
    """The page of a pillar, and those of one of its ledgers as a whole."""
    of = Rows("here", HERE, (f"={key}",))
    return [
        Door(f"{pillar}:index", get="b:200", roles=roles),
        Door(f"{pillar}:ledger", of, get="b:200", roles=roles),
        Door(f"{pillar}:ledger_export", of, get="b:200", roles=roles),
        Door(f"{pillar}:ledger_template", of, get="r:200 b:403", roles=roles),
        Door(f"{pillar}:ledger_import", of, get="r:200 b:403", post="r:422 b:403", roles=roles),
        Door(f"{pillar}:ledger_import_keep", of, post="r:409 b:403", roles=roles),
        Door(f"{pillar}:entry_new", of, get="r:200 b:403", post="r:422 b:403", roles=roles),
    ]


PILLARS = [
    door
    for pillar, key in LEDGERS.items()
    for door in pillar_doors(pillar, key, () if pillar == "economy" else FEW)
]
ENTRIES_OF_A_LEDGER = [
    Door("economy:entry", ENTRY, get="s:200"),
    Door("economy:entry_edit", ENTRY, get="r:200 s:403", post="r:422 s:403"),
    Door("economy:entry_remove", ENTRY, post="r:422 s:403"),
    Door("economy:entry_attach", ENTRY, post="r:302 s:403"),
    Door("economy:entry_file", ENTRY_FILE, get="s:200"),
    Door("economy:entry_preview", ENTRY_FILE, get="s:200"),
    Door("economy:entry_detach", ENTRY_FILE, post="r:302 s:403"),
]
# The same pages under the addresses of the other pillars, which have no row in that world: nobody finds anything.
ABSENT = [
    Door(
        f"{pillar}:{door.name.partition(':')[2]}",
        Rows("here", HERE, tuple(f"={key}" if part == "=premises" else "=999999" for part in door.rows.keys)),
        get="*:404" if door.get else "",
        post="*:404" if door.post else "",
        roles=("anonymous", "cadre", "planner"),
    )
    for pillar, key in LEDGERS.items()
    if pillar != "economy"
    for door in ENTRIES_OF_A_LEDGER
]

SUPERVISION = [
    Door("supervision:orders", get="b:200"),
    Door("supervision:export", get="b:200"),
    Door("supervision:import", get="k:200 b:403", post="k:422 b:403"),
    Door("supervision:import_keep", post="k:409 b:403"),
    Door("supervision:import_template", get="k:200 b:403"),
    Door("supervision:suggestions", get="k:200 b:403"),
    Door("supervision:lists", get="k:200 b:403", post="k:422 b:403", data={"kind": "boards"}),
    Door("supervision:order_new", get="k:200 b:403", post="k:422 b:403"),
    Door("supervision:new_on_target", TARGET, get="k:200 s:403", post="k:422 s:403"),
    Door("supervision:new_on_comment", COMMENT, get="k:200 s:403", post="k:422 s:403"),
    Door("supervision:new_on_entry", ENTRY, get="o:200 s:403", post="o:422 s:403"),
    Door("supervision:order", ORDER, get="s:200"),
    Door("supervision:order_edit", ORDER, get="k:302 s:403", post="k:302 s:403"),  # it was issued: led back to it
    Door("supervision:order_issue", ORDER, post="k:302 s:403"),
    Door("supervision:order_withdraw", ORDER, get="k:200 s:403", post="k:422 s:403"),
    Door("supervision:order_reopen", ORDER, post="k:302 s:403"),
    Door("supervision:task_act", ORDER_TASK, get="s:302", post="h:302 s:403"),  # tests/supervision: every act, every role
    Door("supervision:order_document", ORDER, get="s:200"),
    Door("supervision:urging_document", ORDER_URGING, get="s:200"),
    Door("supervision:move_file", ORDER_FILE, get="s:200"),
    Door("supervision:move_preview", ORDER_FILE, get="s:200"),
]  # fmt: skip

DOORS: list[Door] = [
    *HOUSE, *MESSAGES, *REPORTING, *DECIDING, *TARGET_PAGES, *KEEPING, *LOOKING, *PILLARS, *ENTRIES_OF_A_LEDGER, *SUPERVISION,
    *ABSENT,
]  # fmt: skip

# Doors that another part of the house keeps a table of its own for, by the beginning of their names.
ELSEWHERE: tuple[str, ...] = ("api:", "no_such_api")  # tests/access/test_api.py

# The back office ---------------------------------------------------------------------------------
#
#   v looks at its rows    a adds    c changes    d deletes; everything else is 403. Rows of another street are 404, and
#   for whoever has no post of the back office all of it is.

BACK_OFFICE = """
                                        planner  outsider  administrator  security  auditor
plans.plan                              vac      vac       .              .         .
plans.theme                             vacd     vacd      .              .         .
plans.clause                            vacd     vacd      .              .         .
plans.target                            vac      vac       .              .         .
plans.checkpoint                        v        v         .              .         .
plans.targetchange                      v        v         .              .         .
plans.reportingmonth                    vc       vc        .              .         .
plans.report                            v        v         .              .         .
plans.revision                          v        v         .              .         .
plans.evidence                          v        v         .              .         .
plans.comment                           v        v         .              .         .
plans.extension                         v        v         .              .         .
plans.monthexception                    v        v         .              .         .
plans.standing                          v        v         .              .         .
plans.importbatch                       v        v         .              .         .
plans.importcolumn                      v        v         .              .         .
plans.source                            v        v         .              .         .
plans.term                              vac      vac       .              .         .
supervision.order                       v        v         .              .         .
supervision.ordertask                   v        v         .              .         .
supervision.move                        v        v         .              .         .
supervision.movefile                    v        v         .              .         .
supervision.listsetting                 v        v         .              .         .
dashboards.screen                       v        v         .              .         .
dashboards.bulletin                     v        v         .              .         .
dashboards.edition                      v        v         .              .         .
notices.feedback                        v        v         .              .         .
notices.notice                          .        .         v              .         .
notices.delivery                        .        .         v              .         .
notices.channelaccount                  .        .         vac            .         .
office.unit                             .        .         vac            .         .
office.user                             .        .         vac            .         .
office.post                             .        .         v              vac       .
office.workday                          .        .         vacd           .         .
office.activity                         .        .         .              .         v
office.apitoken                         .        .         v              va        .
notices.webhook                         .        .         vac            .         .
notices.announcement                    .        .         v              .         .
auth.group                              .        .         .              .         .
office.tries                            .        .         v              v         .
django_celery_beat.periodictask         .        .         vacd           .         .
django_celery_beat.clockedschedule      .        .         vacd           .         .
django_celery_beat.crontabschedule      .        .         vacd           .         .
django_celery_beat.intervalschedule     .        .         vacd           .         .
django_celery_beat.solarschedule        .        .         vacd           .         .
"""

# Its pages that belong to no model; 404 for whoever has no post of the back office.
STAFF = "planner outsider administrator security auditor"
BACK_OFFICE_PAGES: dict[str, dict[str, str]] = {
    "admin:index": {"GET": "200"},
    "admin:login": {"GET": "302"},
    "admin:logout": {"GET": "405", "POST": "302"},
    "admin:password_change": {"GET": "302"},
    "admin:password_change_done": {"GET": "302"},
    "admin:jsi18n": {"GET": "200"},
    "admin:autocomplete": {"GET": "403"},  # without the name of a field; test_leaks.py asks with one
    "admin:view_on_site": {"GET": "404"},
    "admin:app_list": {
        "GET": "404"
    },  # of an app without a model for that post; test_doors.py asks for its own
    "admin:notices_delivery_again": {"GET": "405", "POST": "administrator:404 *:403"},
    "admin:notices_health": {"GET": "administrator:200 *:403"},
    "admin:notices_test_mail": {"GET": "405", "POST": "administrator:302 *:403"},
}
