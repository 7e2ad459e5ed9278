"""Addresses of the day's list, episodes, plans, sessions, handouts and letters."""

from django.urls import path

from programmes.views import (
    caseload,
    diary,
    edit,
    episode,
    handout,
    letters,
    library,
    logging,
    programme,
    running,
    session,
    unlocking,
    versions,
    visit,
)

app_name = "programmes"
urlpatterns = [
    path("", caseload.caseload, name="caseload"),
    path("episodes/<uuid:code>/", episode.episode, name="episode"),
    path("episodes/<uuid:code>/discharge/", episode.discharge, name="discharge"),
    path("episodes/<uuid:code>/programme/", programme.programme, name="programme"),
    path("episodes/<uuid:code>/programme/edit/", edit.edit, name="edit"),
    path("episodes/<uuid:code>/sessions/new/", logging.session_new, name="session_new"),
    path("episodes/<uuid:code>/visit/raises/", visit.visit_raises, name="visit_raises"),
    path("episodes/<uuid:code>/visit/visa/", visit.visit_visa, name="visit_visa"),
    path("episodes/<uuid:code>/running/", running.running, name="running"),
    path("episodes/<uuid:code>/running/days/", running.training_days, name="training_days"),
    path("episodes/<uuid:code>/running/gate/", running.gate, name="gate"),
    path("episodes/<uuid:code>/flare/", running.flare, name="flare"),
    path("episodes/<uuid:code>/programme/compare/", versions.compare, name="compare"),
    path("episodes/<uuid:code>/unlock/", unlocking.unlock, name="unlock"),
    path("versions/<uuid:code>/", versions.version, name="version"),
    path("versions/<uuid:code>/restore/", versions.restore, name="restore"),
    path("versions/<uuid:code>/copy/", versions.copy, name="copy"),
    path("versions/<uuid:code>/template/", versions.template_keep, name="template_keep"),
    path("practice/templates/", versions.templates, name="templates"),
    path(
        "practice/templates/<uuid:code>/retire/", versions.template_retire, name="template_retire"
    ),
    path("sessions/<uuid:code>/", session.session, name="session"),
    path("sessions/<uuid:code>/morning/", session.morning, name="morning"),
    path("sessions/<uuid:code>/decide/", session.decide, name="decide"),
    path("practice/library/", library.library, name="library"),
    path("practice/library/new/", library.exercise_new, name="exercise_new"),
    path("practice/library/weights/", library.weights, name="weights"),
    path("practice/library/<uuid:code>/", library.exercise, name="exercise"),
    path("diary/", diary.diary, name="diary"),
    path("diary/<uuid:code>/", diary.diary_sheet, name="diary_sheet"),
    path("handouts/new/<uuid:code>/", handout.handout_new, name="handout_new"),
    path("handouts/<uuid:code>.pdf", handout.handout, name="handout"),
    path("episodes/<uuid:code>/letters/new/", letters.letter_new, name="letter_new"),
    path("locks/<uuid:code>/letter/", letters.referral_new, name="referral_new"),
    path("letters/<uuid:code>/", letters.letter, name="letter"),
    path("letters/<uuid:code>.pdf", letters.letter_pdf, name="letter_pdf"),
]
