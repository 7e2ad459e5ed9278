"""Open episodes without the closed ones around them."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_search")]

    operations = [
        migrations.AddIndex(
            model_name="episode",
            index=models.Index(
                fields=["clinician"], condition=Q(closed_on=None), name="open_by_clinician"
            ),
        ),
    ]
