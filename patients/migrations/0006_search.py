"""Finding a name by a few letters without reading every patient, and histories by time."""

import django.contrib.postgres.indexes
import django.db.models.functions.comparison
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import patients.plain_names
from upwell.histories import index_by_time

# Text without capitals and accents. unaccent() itself is only STABLE, because somebody might give
# its dictionary other rules; nobody does here, and an index needs a function that stays the same.
PLAIN = """
CREATE FUNCTION public.plain_letters(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
RETURN lower(public.unaccent('public.unaccent'::regdictionary, $1))
"""
# Each part begins after a space, also the first: " ab" is where a part, or a word in it, begins.
ALL = """
CREATE FUNCTION public.patient_letters(
    family_name varchar, given_name varchar, external_id varchar
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 20
RETURN ' ' || public.plain_letters(
    (family_name || ' ' || given_name || ' ' || coalesce(external_id, ''))::text
)
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_safe_hands")]

    operations = [
        # Trusted by PostgreSQL: the owner of the database may create it.
        TrigramExtension(),
        migrations.RunSQL(PLAIN, "DROP FUNCTION public.plain_letters(text)"),
        migrations.RunSQL(ALL, "DROP FUNCTION public.patient_letters(varchar, varchar, varchar)"),
        migrations.AddIndex(
            model_name="accesslog",
            index=models.Index(fields=["at", "id"], name="access_by_time"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["date_of_birth"], name="patient_by_birth"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                patients.plain_names.ordered("family_name"),
                patients.plain_names.ordered("given_name"),
                name="patient_by_family_letters",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                patients.plain_names.ordered("given_name"),
                patients.plain_names.ordered("family_name"),
                name="patient_by_given_letters",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    patients.plain_names.AllLetters(), name="gin_trgm_ops"
                ),
                name="patient_by_any_letters",
                fastupdate=False,
            ),
        ),
        index_by_time("patients"),
    ]
