"""The bulletin as PDF, where the machine can: WeasyPrint is no part of what the portal must have."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

STYLE = Path(__file__).with_name("page.css")


class NoPdf(Exception):
    """This machine makes no PDF. The message says what is missing and how it comes."""


def missing() -> str:
    """What this machine lacks for PDF, in words; empty where nothing is."""
    try:
        _library()
    except NoPdf as error:
        return str(error)
    return ""


def pdf_of(text: Mapping[str, Any]) -> bytes:
    """The text of dashboards.bulletin.words as a PDF in the same format as the Word file. Raises NoPdf.

    Nothing is fetched while it is set: neither from the network nor from the disk.
    """
    library = _library()
    page = render_to_string("dashboards/bulletin_pdf.html", {"text": text, "title": "".join(text["title"])})
    nothing = library.urls.URLFetcher(allowed_protocols=())
    style = library.CSS(string=STYLE.read_text("utf-8"), url_fetcher=nothing)
    made: bytes = library.HTML(string=page, url_fetcher=nothing).write_pdf(stylesheets=[style])
    return made


def _library() -> Any:
    try:
        return importlib.import_module("weasyprint")
    except ImportError:
        raise NoPdf(
            "这台机器没有安装PDF组件WeasyPrint，请系统管理员按运行手册安装；Word文件不受影响"
        ) from None
    except OSError:  # what it loads of the system is not there
        raise NoPdf("PDF组件缺少系统库libpango，请系统管理员按运行手册安装；Word文件不受影响") from None
