"""Histories by time."""

from django.db import migrations

from upwell.histories import index_by_time


class Migration(migrations.Migration):
    dependencies = [("programmes", "0007_first_printings")]

    operations = [index_by_time("programmes")]
