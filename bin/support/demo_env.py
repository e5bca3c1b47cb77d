"""The demo's environment: made once, kept in var/demo.env, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO_TODAY = "2024-09-20"


def var_dir() -> Path:
    """Where databases, logs and generated secrets live; the same rule as in guanyinge/settings.py."""
    return Path(os.environ.get("VAR_DIR") or ROOT / "var")


def load() -> Path:
    """Add the demo's variables to this process, making the file if it is not there.

    What the environment already says wins over the file. Returns the file's path; raises OSError where
    it can be neither read nor written.
    """
    path = var_dir() / "demo.env"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        # Made private before anything is written, and moved into place whole: two first starts at the same
        # moment leave one complete file.
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("# 演示环境，由 bin/serve 或 bin/manage 生成；删除后会重新生成。\n")
            file.write(
                f"PORTAL_MODE=demo\nPORTAL_TODAY={DEMO_TODAY}\nSECRET_KEY={secrets.token_urlsafe(50)}\n"
            )
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    for line in path.read_text(encoding="utf-8").splitlines():
        name, sign, value = line.partition("=")
        if sign and not name.lstrip().startswith("#"):
            name = name.strip()
            # An empty PORTAL_TODAY is an answer (the real date); an empty secret or mode is none.
            if not os.environ.get(name) and not (name == "PORTAL_TODAY" and name in os.environ):
                os.environ[name] = value.strip()
    return path
