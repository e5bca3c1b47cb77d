from django.urls import path

from supervision.views import lists, orders, tasks

app_name = "supervision"

urlpatterns = [
    path("", orders.orders, name="orders"),
    path("export/", orders.orders_export, name="export"),
    path("suggestions/", orders.suggested, name="suggestions"),
    path("lists/", lists.lists_page, name="lists"),
    path("new/", orders.order_new, name="order_new"),
    path("new/target/<key:pk>/", orders.order_new_on_target, name="new_on_target"),
    path("<key:pk>/", orders.order_page, name="order"),
    path("<key:pk>/edit/", orders.order_edit, name="order_edit"),
    path("<key:pk>/issue/", orders.order_issue, name="order_issue"),
    path("<key:pk>/withdraw/", orders.order_withdraw, name="order_withdraw"),
    path("<key:pk>/reopen/", orders.order_reopen, name="order_reopen"),
    path("tasks/<key:pk>/<slug:act>/", tasks.task_act, name="task_act"),
    path("files/<key:pk>/", tasks.move_file, name="move_file"),
    path("files/<key:pk>/preview/", tasks.move_preview, name="move_preview"),
]
