from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"

    def ready(self) -> None:
        from assessments.status import tell_drafts, tell_rules
        from patients.status import tells

        tells(tell_drafts)
        tells(tell_rules)
