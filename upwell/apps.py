"""Wiring only: commands, checks of the database, and its roles after migrations."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate


class UpwellConfig(AppConfig):
    name = "upwell"

    def ready(self) -> None:
        import upwell.checks  # noqa: F401
        from upwell.database import after_migrating, before_migrating

        # Django tells only apps with tables, each when all of them have migrated: one is enough.
        patients = apps.get_app_config("patients")
        pre_migrate.connect(before_migrating, sender=patients)
        post_migrate.connect(after_migrating, sender=patients)
