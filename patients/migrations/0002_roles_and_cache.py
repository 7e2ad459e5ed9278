"""The four roles as groups, the table the login throttle counts in, and searching past accents."""

from django.apps.registry import Apps
from django.contrib.postgres.operations import UnaccentExtension
from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROLES = ("Reception", "Physiotherapist", "Exercise physiologist", "Practice lead")


def add_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


def add_cache_table(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [
        # Trusted by PostgreSQL: the owner of the database may create it.
        UnaccentExtension(),
        migrations.RunPython(add_roles, migrations.RunPython.noop),
        migrations.RunPython(add_cache_table, migrations.RunPython.noop),
    ]
