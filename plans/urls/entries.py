"""The addresses of a pillar's ledgers: each pillar app hangs them below its own page."""

from __future__ import annotations

from django.urls import URLPattern, path

from plans.views import entries, entry_imports


def ledger_urls(pillar: str) -> list[URLPattern]:
    """Lists, rows, forms and workbooks of every ledger of one pillar."""
    own = {"pillar_key": pillar}
    return [
        path("<slug:key>/", entries.entry_list, own, name="ledger"),
        path("<slug:key>/new/", entries.entry_new, own, name="entry_new"),
        path("<slug:key>/export/", entries.entry_export, own, name="ledger_export"),
        path("<slug:key>/template/", entry_imports.entry_template, own, name="ledger_template"),
        path("<slug:key>/import/", entry_imports.entry_import, own, name="ledger_import"),
        path("<slug:key>/import/keep/", entry_imports.entry_import_keep, own, name="ledger_import_keep"),
        path("<slug:key>/<key:pk>/", entries.entry_page, own, name="entry"),
        path("<slug:key>/<key:pk>/edit/", entries.entry_edit, own, name="entry_edit"),
        path("<slug:key>/<key:pk>/remove/", entries.entry_remove, own, name="entry_remove"),
        path("<slug:key>/<key:pk>/files/", entries.entry_attach, own, name="entry_attach"),
        path("<slug:key>/<key:pk>/files/<key:file>/", entries.entry_file, own, name="entry_file"),
        path(
            "<slug:key>/<key:pk>/files/<key:file>/preview/", entries.entry_preview, own, name="entry_preview"
        ),
        path("<slug:key>/<key:pk>/files/<key:file>/remove/", entries.entry_detach, own, name="entry_detach"),
    ]
