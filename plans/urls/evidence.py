from django.urls import path

from plans.views import evidence

urlpatterns = [
    path("evidence/<key:pk>/", evidence.evidence_file, name="evidence_file"),
    path("evidence/<key:pk>/preview/", evidence.evidence_preview, name="evidence_preview"),
    path("evidence/<key:pk>/remove/", evidence.evidence_remove, name="evidence_remove"),
]
