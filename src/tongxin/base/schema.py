"""Whether the database is up to date, and bringing it there."""

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def pending_migrations() -> int:
    """Return how many migrations the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate() -> None:
    """Bring the database up to date; nothing happens when it is."""
    if pending_migrations():
        call_command("migrate", verbosity=0, interactive=False)
