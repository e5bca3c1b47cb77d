from django.urls import path

from supervision.views import documents, imports, listing, lists, orders, tasks

app_name = "supervision"

urlpatterns = [
    path("", listing.orders, name="orders"),
    path("export/", listing.orders_export, name="export"),
    path("import/", imports.orders_import, name="import"),
    path("import/keep/", imports.orders_import_keep, name="import_keep"),
    path("import/template/", imports.orders_template, name="import_template"),
    path("suggestions/", orders.suggested, name="suggestions"),
    path("lists/", lists.lists_page, name="lists"),
    path("new/", orders.order_new, name="order_new"),
    path("new/target/<key:pk>/", orders.order_new_on_target, name="new_on_target"),
    path("new/comment/<key:pk>/", orders.order_new_on_comment, name="new_on_comment"),
    path("new/<slug:ledger>/<key:pk>/", orders.order_new_on_entry, name="new_on_entry"),
    path("<key:pk>/", orders.order_page, name="order"),
    path("<key:pk>/edit/", orders.order_edit, name="order_edit"),
    path("<key:pk>/issue/", orders.order_issue, name="order_issue"),
    path("<key:pk>/withdraw/", orders.order_withdraw, name="order_withdraw"),
    path("<key:pk>/reopen/", orders.order_reopen, name="order_reopen"),
    path("<key:pk>/notice/", documents.order_document, name="order_document"),
    path("urgings/<key:pk>/", documents.urging_document, name="urging_document"),
    path("tasks/<key:pk>/<slug:act>/", tasks.task_act, name="task_act"),
    path("files/<key:pk>/", tasks.move_file, name="move_file"),
    path("files/<key:pk>/preview/", tasks.move_preview, name="move_preview"),
]
