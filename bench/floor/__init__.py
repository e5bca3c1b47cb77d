"""The floor page: the least that a signed-in page with a list of 20 rows costs in Django."""
