from django.urls import path

from plans.views import exports, ledger, life, sources, targets

urlpatterns = [
    path("targets/", ledger.ledger, name="ledger"),
    path("targets/export.xlsx", exports.export, name="export"),
    path("targets/new/", life.target_new, name="target_new"),
    path("targets/<key:pk>/", targets.target_page, name="target"),
    path("targets/<key:pk>/edit/", life.target_edit, name="target_edit"),
    path("targets/<key:pk>/suspend/", life.target_suspend, name="target_suspend"),
    path("targets/<key:pk>/withdraw-target/", life.target_withdraw, name="target_withdraw"),
    path("targets/<key:pk>/resume/", life.target_resume, name="target_resume"),
    path("targets/<key:pk>/comment/", targets.target_comment, name="target_comment"),
    path("targets/<key:pk>/source/", sources.target_source, name="target_source"),
    path("targets/<key:pk>/extend/", life.extension_new, name="extension_new"),
    path("checkpoints/<key:pk>/cancel/", life.checkpoint_cancel, name="checkpoint_cancel"),
    path("extensions/", life.extensions, name="extensions"),
    path("extensions/<key:pk>/agree/", life.extension_agree, name="extension_agree"),
    path("extensions/<key:pk>/grant/", life.extension_grant, name="extension_grant"),
    path("extensions/<key:pk>/refuse/", life.extension_refuse, name="extension_refuse"),
    path("extensions/<key:pk>/withdraw/", life.extension_withdraw, name="extension_withdraw"),
]
