from django.urls import path

from plans.views import mine, review, targets

urlpatterns = [
    path("mine/", mine.mine, name="mine"),
    path("targets/<key:pk>/<month:month>/", mine.report, name="report"),
    path("mine/<month:month>/unchanged/", mine.unchanged, name="unchanged"),
    path("targets/<key:pk>/<month:month>/draft/", mine.draft, name="draft"),
    path("targets/<key:pk>/<month:month>/history/", targets.history, name="history"),
    path("targets/<key:pk>/<month:month>/drop/", mine.drop, name="drop"),
    path("targets/<key:pk>/<month:month>/withdraw/", mine.withdraw, name="withdraw"),
    path("review/", review.review, name="review"),
    path("review/approve/", review.approve, name="approve"),
    path("review/<key:pk>/return/", review.send_back, name="send_back"),
]
