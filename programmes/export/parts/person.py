"""The person: who it is, what the record holds, and who is named in it."""

from assessments.models import Assessment, HeelRaiseTest, Run, VisaA
from patients.models import Episode, Patient
from programmes.export.record import Record
from programmes.export.values import Block, Link
from programmes.export.words import day_words, facts_of, signed_by, table_of
from programmes.models import Decision, Handout, Letter, Session, Version


def person_block(record: Record) -> Block:
    """What is on record of the person."""
    (patient,) = record.of(Patient)
    return Block(
        title="The person",
        level=2,
        facts=facts_of(
            ("Family name", patient.family_name),
            ("Given name", patient.given_name),
            ("Date of birth", day_words(patient.date_of_birth)),
            ("Sex", patient.get_sex_display()),
            ("Record number", patient.record_number),
            ("Number in the practice’s other system", patient.external_id),
            ("Telephone", patient.phone),
            ("E-mail", patient.email),
            ("Referred by", patient.referrer),
            ("Language of papers", patient.get_language_display()),
            ("Large print", "yes" if patient.large_print else "no"),
            ("Entered", signed_by(patient.created_by, patient.created_at)),
        ),
    )


def holds_block(record: Record) -> Block:
    """What there is, in numbers, and the files beside."""
    counted = (
        (Episode, "Episodes"),
        (Assessment, "Assessments"),
        (VisaA, "VISA-A questionnaires"),
        (HeelRaiseTest, "Heel-raise tests"),
        (Version, "Versions of plans"),
        (Session, "Sessions"),
        (Decision, "Decisions"),
        (Handout, "Papers"),
        (Letter, "Letters"),
        (Run, "Runs"),
    )
    return Block(
        title="What this record holds",
        note="Times are those of the practice. What was not asked or measured is left out or says "
        "“not recorded”; it never stands for no or for zero.",
        facts=tuple((label, str(len(record.rows[model]))) for model, label in counted),
        files=tuple(Link(words=each.name, href=each.name) for each in record.files.values()),
    )


def named_block(record: Record) -> Block:
    """Everybody of the practice who stands in the record."""
    return Block(
        title="Who is named in this record",
        tables=(
            table_of(
                "",
                "Name | Title | Number",
                (
                    (each.display_name, each.professional_title, each.registration_number)
                    for each in sorted(record.people.values(), key=str)
                ),
            ),
        ),
    )
