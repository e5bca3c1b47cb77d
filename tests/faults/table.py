"""The table at the end of a run: each fault, how often it was made, and what came of it."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from _pytest.terminal import TerminalReporter

COLUMNS = ("runs", "missing", "doubled", "unknown")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Add up what the tests of tests/faults counted, in whichever process each ran."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if isinstance(report, pytest.TestReport) and report.when == "call":
                for fault, figures in dict(report.user_properties).get("faults", {}).items():  # type: ignore[attr-defined]
                    table[fault].update(figures)
    if not table:
        return
    terminalreporter.section("faults")
    width = max(map(len, table))
    terminalreporter.write_line("".ljust(width) + "".join(name.rjust(9) for name in COLUMNS))
    rows = sorted(table.items())
    for fault, figures in [*rows, ("all", sum((figures for _, figures in rows), Counter()))]:
        terminalreporter.write_line(
            fault.ljust(width) + "".join(str(figures[name]).rjust(9) for name in COLUMNS)
        )
