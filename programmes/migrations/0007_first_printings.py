from django.db import migrations

# Each paper of before was printed once, by whom and when it says.
FIRST = """
INSERT INTO programmes_printing (handout_id, printed_by_id, printed_at)
SELECT id, printed_by_id, printed_at FROM programmes_handout
"""


class Migration(migrations.Migration):
    dependencies = [("programmes", "0006_papers_kept")]

    operations = [migrations.RunSQL(FIRST, migrations.RunSQL.noop)]
