"""Every vendored file is named in the manifest with its hash, its version and its licence, and nothing else lies there."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
ASSETS: list[dict[str, Any]] = json.loads((VENDOR / "manifest.json").read_text("utf-8"))["assets"]


@pytest.mark.parametrize("asset", ASSETS, ids=[asset["name"] for asset in ASSETS])
def test_files_are_what_the_manifest_says(asset: dict[str, Any]) -> None:
    folder = VENDOR / asset["folder"]
    assert asset["folder"] == f"{asset['name']}-{asset['version']}"
    assert asset["licence"]
    assert "LICENSE" in asset["files"]
    there = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert there == asset["files"]


def test_nothing_is_vendored_beside_the_manifest() -> None:
    assert {path.name for path in VENDOR.iterdir()} == {"manifest.json"} | {
        asset["folder"] for asset in ASSETS
    }


def test_package_json_pins_the_same_versions() -> None:
    pinned: dict[str, str] = json.loads((ROOT / "package.json").read_text("utf-8"))["devDependencies"]
    named = {"htmx": "htmx.org", "tabler-icons": "@tabler/icons"}
    for asset in ASSETS:
        assert pinned[named.get(asset["name"], asset["name"])] == asset["version"]


def test_the_lock_names_no_registry() -> None:
    """Whoever upgrades uses the registry of their own settings."""
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text("utf-8")
