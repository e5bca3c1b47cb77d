"""The database itself refuses to change or remove an activity; only the hash chain can go further."""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION office_activity_refuse() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'activities are append-only';
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER office_activity_keep_rows BEFORE UPDATE OR DELETE ON office_activity
    FOR EACH ROW EXECUTE FUNCTION office_activity_refuse();
"""
POSTGRESQL_UNDO = """
DROP TRIGGER office_activity_keep_rows ON office_activity;
DROP FUNCTION office_activity_refuse();
"""
SQLITE = [
    """CREATE TRIGGER office_activity_keep_update BEFORE UPDATE ON office_activity
       BEGIN SELECT RAISE(ABORT, 'activities are append-only'); END""",
    """CREATE TRIGGER office_activity_keep_delete BEFORE DELETE ON office_activity
       BEGIN SELECT RAISE(ABORT, 'activities are append-only'); END""",
]
SQLITE_UNDO = ["DROP TRIGGER office_activity_keep_update", "DROP TRIGGER office_activity_keep_delete"]


def protect(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
    elif schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement)


def release(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_UNDO)
    elif schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE_UNDO:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("office", "0001_initial")]

    operations = [migrations.RunPython(protect, release)]
