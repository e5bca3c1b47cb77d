from django.urls import path

from plans.views import exports, ledger, life, targets

urlpatterns = [
    path("targets/", ledger.ledger, name="ledger"),
    path("targets/export.xlsx", exports.export, name="export"),
    path("targets/new/", life.target_new, name="target_new"),
    path("targets/<int:pk>/", targets.target_page, name="target"),
    path("targets/<int:pk>/edit/", life.target_edit, name="target_edit"),
    path("targets/<int:pk>/suspend/", life.target_suspend, name="target_suspend"),
    path("targets/<int:pk>/withdraw-target/", life.target_withdraw, name="target_withdraw"),
    path("targets/<int:pk>/resume/", life.target_resume, name="target_resume"),
    path("targets/<int:pk>/extend/", life.extension_new, name="extension_new"),
    path("checkpoints/<int:pk>/cancel/", life.checkpoint_cancel, name="checkpoint_cancel"),
    path("extensions/", life.extensions, name="extensions"),
    path("extensions/<int:pk>/agree/", life.extension_agree, name="extension_agree"),
    path("extensions/<int:pk>/grant/", life.extension_grant, name="extension_grant"),
    path("extensions/<int:pk>/refuse/", life.extension_refuse, name="extension_refuse"),
    path("extensions/<int:pk>/withdraw/", life.extension_withdraw, name="extension_withdraw"),
]
