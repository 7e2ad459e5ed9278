"""What migrations do to all histories of an app at once."""

from collections.abc import Iterator
from functools import partial

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

# By the moment first, then in the order of the rows of one moment: the pages of a long list.
_INDEX = 'CREATE INDEX "{name}_at" ON "{name}" (pgh_created_at, pgh_id)'
_FORGET = 'DROP INDEX "{name}_at"'


def index_by_time(app: str) -> RunPython:
    """An operation that gives each history of this app an index by time."""
    return RunPython(partial(_for_each, app, _INDEX), partial(_for_each, app, _FORGET))


def _for_each(
    app: str, statement: str, apps: Apps, schema_editor: BaseDatabaseSchemaEditor
) -> None:
    for name in sorted(_tables(app, apps)):
        schema_editor.execute(statement.format(name=name))


def _tables(app: str, apps: Apps) -> Iterator[str]:
    """The tables of this app's histories as they are at this migration."""
    for model in apps.get_app_config(app).get_models():
        if any(field.name == "pgh_created_at" for field in model._meta.get_fields()):
            yield model._meta.db_table
