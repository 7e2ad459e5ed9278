"""Addresses of assessments and locks."""

from django.urls import path

from assessments.views import examination, imports, load, outcomes, records, strength

app_name = "assessments"
urlpatterns = [
    path("episodes/<uuid:code>/assessments/new/", examination.new, name="new"),
    path("episodes/<uuid:code>/assessments/findings/", examination.findings, name="findings"),
    path("episodes/<uuid:code>/tests/new/", strength.test_new, name="test_new"),
    path("episodes/<uuid:code>/assessments/autosave/", records.autosave_new, name="autosave_new"),
    path("assessments/<uuid:code>/", examination.detail, name="detail"),
    path("assessments/<uuid:code>/autosave/", records.autosave, name="autosave"),
    path("assessments/<uuid:code>/discard/", records.discard, name="discard"),
    path("assessments/<uuid:code>/amend/", records.amend, name="amend"),
    path("assessments/<uuid:code>/compare/", records.compare, name="compare"),
    path("assessments/<uuid:code>/sign/", examination.sign, name="sign"),
    path("locks/<uuid:code>/clear/", examination.lock_clear, name="lock_clear"),
    path("episodes/<uuid:code>/outcomes/", outcomes.outcomes, name="outcomes"),
    path("episodes/<uuid:code>/visa/new/", outcomes.visa_new, name="visa_new"),
    path("episodes/<uuid:code>/visa/points/", outcomes.visa_points, name="visa_points"),
    path("visa/<uuid:code>/", outcomes.visa, name="visa"),
    path("visa/<uuid:code>/strike/", outcomes.visa_strike, name="visa_strike"),
    path("episodes/<uuid:code>/scores/new/", outcomes.score_new, name="score_new"),
    path("scores/<uuid:code>/strike/", outcomes.score_strike, name="score_strike"),
    path("episodes/<uuid:code>/load/", load.load, name="load"),
    path("episodes/<uuid:code>/load/sentence/", load.provocation, name="provocation"),
    path("episodes/<uuid:code>/load/runs/", load.runs_add, name="runs_add"),
    path("episodes/<uuid:code>/load/events/new/", load.event_new, name="load_event_new"),
    path("episodes/<uuid:code>/load/strike/", load.strike, name="load_strike"),
    path("episodes/<uuid:code>/load/import/", imports.load_import, name="load_import"),
    path("imports/<uuid:code>/", imports.import_detail, name="import_detail"),
    path("imports/<uuid:code>/read/", imports.import_read, name="import_read"),
    path("imports/<uuid:code>/keep/", imports.import_keep, name="import_keep"),
    path("imports/<uuid:code>/drop/", imports.import_drop, name="import_drop"),
    path("imports/<uuid:code>/undo/", imports.import_undo, name="import_undo"),
]
