from django.urls import path

from plans.views import mine, review

urlpatterns = [
    path("mine/", mine.mine, name="mine"),
    path("targets/<int:pk>/<month:month>/", mine.report, name="report"),
    path("targets/<int:pk>/<month:month>/withdraw/", mine.withdraw, name="withdraw"),
    path("review/", review.review, name="review"),
    path("review/approve/", review.approve, name="approve"),
    path("review/<int:pk>/return/", review.send_back, name="send_back"),
]
