"""The pages that leaders look at, by noun; dashboards/urls.py says where each is found."""
