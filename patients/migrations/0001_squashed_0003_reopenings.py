"""The tables of patients and users, the roles, and what the throttle counts in, made in one go."""

import datetime
import django.db.models.deletion
import django.db.models.functions.text
import patients.rules.terms
import pghistory.utils
import pgtrigger.compiler
import upwell.clock
import uuid
from django.conf import settings
from django.apps.registry import Apps
from django.contrib.postgres.operations import UnaccentExtension
from django.core.management import call_command
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


ROLES = ("Reception", "Physiotherapist", "Exercise physiologist", "Practice lead")


def add_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


def add_cache_table(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def install_triggers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for model in apps.get_app_config("patients").get_models():
        for trigger in getattr(model._meta, 'triggers', ()):
            schema_editor.execute(trigger.install_sql, params=None)


class Migration(migrations.Migration):

    replaces = [('patients', '0001_initial'), ('patients', '0002_roles_and_cache'), ('patients', '0003_reopenings')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        # Trusted by PostgreSQL: the owner of the database may create it.
        UnaccentExtension(),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail address')),
                ('display_name', models.CharField(max_length=120)),
                ('professional_title', models.CharField(blank=True, max_length=120)),
                ('registration_number', models.CharField(blank=True, max_length=60)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=upwell.clock.now, editable=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'ordering': ('display_name',),
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='one_account_an_email_address')],
                'triggers': [pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='65bae49caab259ed64ce95a478924f6489beac1d', operation='DELETE', pgid='pgtrigger_never_deleted_4e4fc', table='patients_user', when='BEFORE')), pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_userevent" ("created_at", "display_name", "email", "id", "is_active", "is_superuser", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "professional_title", "registration_number") VALUES (NEW."created_at", NEW."display_name", NEW."email", NEW."id", NEW."is_active", NEW."is_superuser", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."professional_title", NEW."registration_number"); RETURN NULL;', hash='cc26421af148f5eca83a14189ff8c87dc476e428', operation='INSERT', pgid='pgtrigger_insert_insert_d71fa', table='patients_user', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."display_name" IS DISTINCT FROM (NEW."display_name") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."professional_title" IS DISTINCT FROM (NEW."professional_title") OR OLD."registration_number" IS DISTINCT FROM (NEW."registration_number"))', func='INSERT INTO "patients_userevent" ("created_at", "display_name", "email", "id", "is_active", "is_superuser", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "professional_title", "registration_number") VALUES (NEW."created_at", NEW."display_name", NEW."email", NEW."id", NEW."is_active", NEW."is_superuser", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."professional_title", NEW."registration_number"); RETURN NULL;', hash='83d18d9ec2f6eb1729823358968cab50dc4bbcee', operation='UPDATE', pgid='pgtrigger_update_update_5e309', table='patients_user', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_userevent" ("created_at", "display_name", "email", "id", "is_active", "is_superuser", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "professional_title", "registration_number") VALUES (OLD."created_at", OLD."display_name", OLD."email", OLD."id", OLD."is_active", OLD."is_superuser", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."professional_title", OLD."registration_number"); RETURN NULL;', hash='1089f4d5800d554af08aa0ced6bd6ed2cfa313c1', operation='DELETE', pgid='pgtrigger_delete_delete_c9f85', table='patients_user', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='Patient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('family_name', models.CharField(max_length=100)),
                ('given_name', models.CharField(max_length=100)),
                ('date_of_birth', models.DateField()),
                ('sex', models.CharField(choices=[('F', 'Female'), ('M', 'Male'), ('U', 'Not stated')], max_length=1)),
                ('external_id', models.CharField(blank=True, max_length=60, null=True, unique=True)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('referrer', models.CharField(blank=True, max_length=120)),
                ('version', models.PositiveIntegerField(default=1)),
                ('form_token', models.UUIDField(unique=True)),
                ('form_digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=upwell.clock.now, editable=False)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('family_name', 'given_name', 'pk'),
                'indexes': [models.Index(fields=['family_name', 'given_name'], name='patient_by_name')],
                'constraints': [models.CheckConstraint(condition=models.Q(('sex__in', [patients.rules.terms.Sex['FEMALE'], patients.rules.terms.Sex['MALE'], patients.rules.terms.Sex['UNSTATED']])), name='patient_sex_known'), models.CheckConstraint(condition=models.Q(('date_of_birth__gte', datetime.date(1900, 1, 1))), name='patient_born_after_1900'), models.CheckConstraint(condition=models.Q(models.Q(('family_name', ''), _negated=True), models.Q(('given_name', ''), _negated=True)), name='patient_has_names')],
                'triggers': [pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ff4cc1b94e9c2dae6940964e6823450c32f19428', operation='DELETE', pgid='pgtrigger_never_deleted_c0645', table='patients_patient', when='BEFORE')), pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_patientevent" ("code", "created_at", "created_by_id", "date_of_birth", "email", "external_id", "family_name", "form_digest", "form_token", "given_name", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "referrer", "sex", "version") VALUES (NEW."code", NEW."created_at", NEW."created_by_id", NEW."date_of_birth", NEW."email", NEW."external_id", NEW."family_name", NEW."form_digest", NEW."form_token", NEW."given_name", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."phone", NEW."referrer", NEW."sex", NEW."version"); RETURN NULL;', hash='5906cf59bf235ff5f0b9fa1ea1e2105120ec2b56', operation='INSERT', pgid='pgtrigger_insert_insert_62165', table='patients_patient', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_patientevent" ("code", "created_at", "created_by_id", "date_of_birth", "email", "external_id", "family_name", "form_digest", "form_token", "given_name", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "referrer", "sex", "version") VALUES (NEW."code", NEW."created_at", NEW."created_by_id", NEW."date_of_birth", NEW."email", NEW."external_id", NEW."family_name", NEW."form_digest", NEW."form_token", NEW."given_name", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."phone", NEW."referrer", NEW."sex", NEW."version"); RETURN NULL;', hash='e49e4e7cddf02b17dfb8b92e49e09878e95937cc', operation='UPDATE', pgid='pgtrigger_update_update_546ce', table='patients_patient', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_patientevent" ("code", "created_at", "created_by_id", "date_of_birth", "email", "external_id", "family_name", "form_digest", "form_token", "given_name", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "referrer", "sex", "version") VALUES (OLD."code", OLD."created_at", OLD."created_by_id", OLD."date_of_birth", OLD."email", OLD."external_id", OLD."family_name", OLD."form_digest", OLD."form_token", OLD."given_name", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."phone", OLD."referrer", OLD."sex", OLD."version"); RETURN NULL;', hash='237fb7c7670d098cad5cf2279239cc99108f7165', operation='DELETE', pgid='pgtrigger_delete_delete_9898d', table='patients_patient', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='UserEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('display_name', models.CharField(max_length=120)),
                ('professional_title', models.CharField(blank=True, max_length=120)),
                ('registration_number', models.CharField(blank=True, max_length=60)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=upwell.clock.now, editable=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='370b57f54c5188d79e4ab944d3a9515fc5c04e19', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_095ef', table='patients_userevent', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Episode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('side', models.CharField(choices=[('left', 'Left'), ('right', 'Right')], max_length=5)),
                ('opened_on', models.DateField()),
                ('closed_on', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('returned', 'Back to what they wanted to do'), ('improved', 'Improved, carries on alone'), ('referred', 'Referred on'), ('stopped', 'Stopped coming'), ('error', 'Opened in error')], max_length=20)),
                ('closing_note', models.TextField(blank=True, max_length=2000)),
                ('clinician', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='episodes', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='episodes', to='patients.patient')),
            ],
            options={
                'ordering': ('-opened_on', '-pk'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_on', None)), fields=('patient', 'side'), name='one_open_episode_a_side'), models.CheckConstraint(condition=models.Q(('side__in', [patients.rules.terms.Side['LEFT'], patients.rules.terms.Side['RIGHT']])), name='episode_side_known'), models.CheckConstraint(condition=models.Q(('closed_on', None), ('closed_on__gte', models.F('opened_on')), _connector='OR'), name='episode_closed_after_opened'), models.CheckConstraint(condition=models.Q(models.Q(('closed_by', None), ('closed_on', None), ('outcome', '')), models.Q(('closed_by__isnull', False), ('closed_on__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='episode_closed_by_somebody')],
                'triggers': [pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='5ebdd1387d1ba410e4f4afe7dfbc5019c2193bf7', operation='DELETE', pgid='pgtrigger_never_deleted_30da0', table='patients_episode', when='BEFORE')), pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_episodeevent" ("clinician_id", "closed_by_id", "closed_on", "closing_note", "code", "id", "opened_by_id", "opened_on", "outcome", "patient_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "side") VALUES (NEW."clinician_id", NEW."closed_by_id", NEW."closed_on", NEW."closing_note", NEW."code", NEW."id", NEW."opened_by_id", NEW."opened_on", NEW."outcome", NEW."patient_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."side"); RETURN NULL;', hash='71acb6a9759dd56a343ad4a33a5dfcbbe642a725', operation='INSERT', pgid='pgtrigger_insert_insert_4e146', table='patients_episode', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_episodeevent" ("clinician_id", "closed_by_id", "closed_on", "closing_note", "code", "id", "opened_by_id", "opened_on", "outcome", "patient_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "side") VALUES (NEW."clinician_id", NEW."closed_by_id", NEW."closed_on", NEW."closing_note", NEW."code", NEW."id", NEW."opened_by_id", NEW."opened_on", NEW."outcome", NEW."patient_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."side"); RETURN NULL;', hash='68512cd7d0776aa485522079a5e8ce869208c2e4', operation='UPDATE', pgid='pgtrigger_update_update_86f64', table='patients_episode', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_episodeevent" ("clinician_id", "closed_by_id", "closed_on", "closing_note", "code", "id", "opened_by_id", "opened_on", "outcome", "patient_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "side") VALUES (OLD."clinician_id", OLD."closed_by_id", OLD."closed_on", OLD."closing_note", OLD."code", OLD."id", OLD."opened_by_id", OLD."opened_on", OLD."outcome", OLD."patient_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."side"); RETURN NULL;', hash='639a45d49c5e6a4b9e109adfbf9b39d5eab3b8f7', operation='DELETE', pgid='pgtrigger_delete_delete_07210', table='patients_episode', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='AccessLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=upwell.clock.now)),
                ('page', models.CharField(max_length=60)),
                ('method', models.CharField(max_length=8)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'at'], name='access_by_patient'), models.Index(fields=['user', 'at'], name='access_by_user')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e9a4bb93625b80cf3c992f0c75bb58eba2e3a4a3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_03098', table='patients_accesslog', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='PatientEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('family_name', models.CharField(max_length=100)),
                ('given_name', models.CharField(max_length=100)),
                ('date_of_birth', models.DateField()),
                ('sex', models.CharField(choices=[('F', 'Female'), ('M', 'Male'), ('U', 'Not stated')], max_length=1)),
                ('external_id', models.CharField(blank=True, max_length=60, null=True)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('referrer', models.CharField(blank=True, max_length=120)),
                ('version', models.PositiveIntegerField(default=1)),
                ('form_token', models.UUIDField()),
                ('form_digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=upwell.clock.now, editable=False)),
                ('created_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='patients.patient')),
            ],
            options={
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d56fc44e91ee8df71d41dd0265710731967b921c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ade9e', table='patients_patientevent', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='EpisodeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('side', models.CharField(choices=[('left', 'Left'), ('right', 'Right')], max_length=5)),
                ('opened_on', models.DateField()),
                ('closed_on', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('returned', 'Back to what they wanted to do'), ('improved', 'Improved, carries on alone'), ('referred', 'Referred on'), ('stopped', 'Stopped coming'), ('error', 'Opened in error')], max_length=20)),
                ('closing_note', models.TextField(blank=True, max_length=2000)),
                ('clinician', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='patients.episode')),
                ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
            ],
            options={
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='43ddecbf6cd5d7140f372c72e9092db98a89961e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_fa089', table='patients_episodeevent', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Reopening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('closed_on', models.DateField()),
                ('outcome', models.CharField(choices=[('returned', 'Back to what they wanted to do'), ('improved', 'Improved, carries on alone'), ('referred', 'Referred on'), ('stopped', 'Stopped coming'), ('error', 'Opened in error')], max_length=20)),
                ('closing_note', models.TextField(blank=True, max_length=2000)),
                ('reopened_on', models.DateField()),
                ('reason', models.TextField(max_length=1000)),
                ('reopened_at', models.DateTimeField(default=upwell.clock.now)),
                ('closed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('episode', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reopenings', to='patients.episode')),
                ('reopened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-reopened_at', '-pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='reopening_has_reason'), models.CheckConstraint(condition=models.Q(('reopened_on__gte', models.F('closed_on'))), name='reopened_after_closed')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ae3d81fa2220e91d13e20863292043f9a98364cd', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5300f', table='patients_reopening', when='BEFORE')), pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_reopeningevent" ("closed_by_id", "closed_on", "closing_note", "episode_id", "id", "outcome", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reopened_at", "reopened_by_id", "reopened_on") VALUES (NEW."closed_by_id", NEW."closed_on", NEW."closing_note", NEW."episode_id", NEW."id", NEW."outcome", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."reason", NEW."reopened_at", NEW."reopened_by_id", NEW."reopened_on"); RETURN NULL;', hash='9dad463595770c41576d749986818da19fba3947', operation='INSERT', pgid='pgtrigger_insert_insert_8bd3f', table='patients_reopening', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_reopeningevent" ("closed_by_id", "closed_on", "closing_note", "episode_id", "id", "outcome", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reopened_at", "reopened_by_id", "reopened_on") VALUES (NEW."closed_by_id", NEW."closed_on", NEW."closing_note", NEW."episode_id", NEW."id", NEW."outcome", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."reason", NEW."reopened_at", NEW."reopened_by_id", NEW."reopened_on"); RETURN NULL;', hash='95d135e5579d44db2dd1ff189030ee258a991cf3', operation='UPDATE', pgid='pgtrigger_update_update_dacf8', table='patients_reopening', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_reopeningevent" ("closed_by_id", "closed_on", "closing_note", "episode_id", "id", "outcome", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reopened_at", "reopened_by_id", "reopened_on") VALUES (OLD."closed_by_id", OLD."closed_on", OLD."closing_note", OLD."episode_id", OLD."id", OLD."outcome", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."reason", OLD."reopened_at", OLD."reopened_by_id", OLD."reopened_on"); RETURN NULL;', hash='a753a64d5ef8139100c2c66383436f3fe8292811', operation='DELETE', pgid='pgtrigger_delete_delete_c8057', table='patients_reopening', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='ReopeningEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('closed_on', models.DateField()),
                ('outcome', models.CharField(choices=[('returned', 'Back to what they wanted to do'), ('improved', 'Improved, carries on alone'), ('referred', 'Referred on'), ('stopped', 'Stopped coming'), ('error', 'Opened in error')], max_length=20)),
                ('closing_note', models.TextField(blank=True, max_length=2000)),
                ('reopened_on', models.DateField()),
                ('reason', models.TextField(max_length=1000)),
                ('reopened_at', models.DateTimeField(default=upwell.clock.now)),
                ('closed_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('episode', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.episode')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='patients.reopening')),
                ('reopened_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6812d459e4d375a2b8162e6ed1297b8c6dbb0251', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3373b', table='patients_reopeningevent', when='BEFORE'))],
            },
        ),
        migrations.RunPython(install_triggers, migrations.RunPython.noop),
        migrations.RunPython(add_roles, migrations.RunPython.noop),
        migrations.RunPython(add_cache_table, migrations.RunPython.noop),
    ]
