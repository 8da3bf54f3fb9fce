"""The audit table refuses UPDATE and DELETE, in the database itself."""

from django.db import migrations

SQLITE = [
    "CREATE TRIGGER base_auditentry_no_update BEFORE UPDATE ON base_auditentry "
    "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "CREATE TRIGGER base_auditentry_no_delete BEFORE DELETE ON base_auditentry "
    "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
]
POSTGRESQL = [
    "CREATE FUNCTION base_auditentry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
    "CREATE TRIGGER base_auditentry_no_change BEFORE UPDATE OR DELETE ON base_auditentry "
    "FOR EACH ROW EXECUTE FUNCTION base_auditentry_refuse()",
]


def forbid_changes(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def allow_changes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER base_auditentry_no_change ON base_auditentry")
        schema_editor.execute("DROP FUNCTION base_auditentry_refuse()")
        return
    for name in ("no_update", "no_delete"):
        schema_editor.execute(f"DROP TRIGGER base_auditentry_{name}")


class Migration(migrations.Migration):
    dependencies = [("base", "0001_initial")]
    operations = [migrations.RunPython(forbid_changes, allow_changes)]
