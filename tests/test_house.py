"""The house of docs/architecture.md: who may know whom, and the ways round an import contract closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.conf import settings
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(settings.BASE_DIR)
PILLARS = ("economy", "projects", "livelihood", "safety", "party")
# Storey by app, the ground first. The same order as the contract in pyproject.toml.
STOREY = {
    "office": 0,
    "notices": 1,
    "plans": 2,
    "supervision": 3,
    **dict.fromkeys(PILLARS, 4),
    "dashboards": 5,
    "guanyinge": 6,
}


def may_know(app: str, other: str) -> bool:
    """Itself and what lies below; a pillar does not know the pillar beside it."""
    return app == other or STOREY[other] < STOREY[app]


def sources(app: str, *, migrations: bool = False) -> Iterator[Path]:
    for path in sorted((ROOT / app).rglob("*.py")):
        if ("migrations" in path.parts) == migrations:
            yield path


def lines_matching(pattern: str, paths: Iterator[Path]) -> list[str]:
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    return found


@pytest.mark.once
def test_imports_keep_to_the_layers(capsys):
    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)

    assert code == EXIT_STATUS_SUCCESS, capsys.readouterr().out


@pytest.mark.once
@pytest.mark.parametrize("app", STOREY)
def test_every_app_of_the_card_exists_and_is_installed(app):
    assert (ROOT / app / "apps.py").is_file()
    assert app in {config.name for config in apps.get_app_configs()}


@pytest.mark.once
def test_no_app_beside_the_card():
    ours = {Path(config.path).name for config in apps.get_app_configs() if Path(config.path).parent == ROOT}

    assert ours == set(STOREY)
    assert not {"common", "core", "utils", "helpers", "misc"} & {
        path.name for path in ROOT.rglob("*") if is_ours(path)
    }


def is_ours(path: Path) -> bool:
    return path.is_dir() and path.relative_to(ROOT).parts[0] in STOREY


@pytest.mark.once
def test_relations_point_downwards_and_leave_no_trace_below():
    """A reverse accessor on a lower model is knowledge of an upper app, though nothing is imported."""
    upwards, traces = [], []
    for model in apps.get_models():
        app = model._meta.app_label
        if app not in STOREY:
            continue
        for field in model._meta.get_fields(include_hidden=True):
            if field.auto_created or not field.is_relation or field.related_model is None:
                continue
            other = field.related_model._meta.app_label
            if other not in STOREY or other == app:
                continue
            assert field.remote_field is not None
            if not may_know(app, other):
                upwards.append(f"{model._meta.label}.{field.name} -> {other}")
            elif not field.remote_field.hidden:
                traces.append(f"{model._meta.label}.{field.name}: related_name must end with '+'")

    assert not upwards
    assert not traces


@pytest.mark.once
@pytest.mark.parametrize("app", STOREY)
def test_no_model_is_looked_up_by_name(app):
    assert not lines_matching(r"\bget_model\(", sources(app))


@pytest.mark.once
@pytest.mark.parametrize("app", STOREY)
def test_no_signals(app):
    """A signal hides who calls whom; a service says it."""
    assert not lines_matching(r"django\.db\.models\.signals|django\.dispatch|import signals\b", sources(app))


@pytest.mark.once
@pytest.mark.parametrize("app", STOREY)
def test_addresses_named_in_code_lie_below(app):
    upper = [other for other in STOREY if not may_know(app, other)]
    pattern = rf"""["'](?:{"|".join(upper)}):[\w-]+["']""" if upper else r"(?!)"

    assert not lines_matching(pattern, sources(app))


@pytest.mark.once
@pytest.mark.parametrize("app", STOREY)
def test_templates_name_nothing_of_an_upper_app(app):
    upper = "|".join(other for other in STOREY if not may_know(app, other)) or "(?!)"
    links = rf"""\{{%\s*url\s+["'](?:{upper}):"""
    parts = rf"""\{{%\s*(?:include|extends)\s+["'](?:{upper})/"""

    assert not lines_matching(f"{links}|{parts}", iter(sorted((ROOT / "templates" / app).rglob("*.*"))))


@pytest.mark.once
def test_shared_components_name_no_app():
    """Every storey uses them, so they know none: links come in as data."""
    found = lines_matching(
        rf"""\{{%\s*url\s+["'](?:{"|".join(STOREY)}):""",
        iter(sorted((ROOT / "templates" / "components").rglob("*.html"))),
    )

    assert not found


@pytest.mark.once
def test_migrations_are_for_both_databases():
    """What only one database understands stands behind a question which one it is."""
    bare = []
    for app in STOREY:
        for path in sources(app, migrations=True):
            text = path.read_text(encoding="utf-8")
            special = re.search(r"RunSQL\(|\.execute\(|django\.contrib\.postgres", text)
            if special and "connection.vendor" not in text:
                bare.append(str(path.relative_to(ROOT)))

    assert not bare


@pytest.mark.once
def test_django_has_the_fixes_of_its_line():
    """5.2.8 to 5.2.14 closed SQL injections; anything older must not be installed by accident."""
    assert (5, 2, 19) <= django.VERSION[:3] < (5, 3)


@pytest.mark.once
def test_psycopg_3_is_not_installed_beside_psycopg2():
    """Django would use it without saying so."""
    with pytest.raises(ModuleNotFoundError):
        __import__("psycopg")


# Rows that nobody lists: hashes of old passwords, the chain's last link; and the calendar, which is no secret.
WITHOUT_VISIBLE_TO = {
    "office.PasswordRecord", "office.SecondFactor", "office.RecoveryCode", "office.ChainHead", "office.Workday",
    "notices.Heartbeat",
}  # fmt: skip


def test_every_queryset_knows_who_may_see_its_rows() -> None:
    missing = [
        model._meta.label
        for app in STOREY
        for model in apps.get_app_config(app).get_models()
        if model._meta.label not in WITHOUT_VISIBLE_TO and not hasattr(model._default_manager, "visible_to")
    ]
    assert missing == []
