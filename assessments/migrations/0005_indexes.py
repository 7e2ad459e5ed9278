"""Histories by time."""

from django.db import migrations

from upwell.histories import index_by_time


class Migration(migrations.Migration):
    dependencies = [("assessments", "0004_discarded_drafts")]

    operations = [index_by_time("assessments")]
