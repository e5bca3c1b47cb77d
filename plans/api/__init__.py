"""The API of plans: the same rows and services as the pages."""
