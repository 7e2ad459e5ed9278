from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    name = "programmes"

    def ready(self) -> None:
        from assessments.markers import tells, tells_series
        from patients.status import tells as tells_status
        from programmes.markers import tell_flares, tell_pain, tell_sessions, tell_versions
        from programmes.status import tell_rules

        tells(tell_versions)
        tells(tell_flares)
        tells(tell_sessions)
        tells_series(tell_pain)
        tells_status(tell_rules)
