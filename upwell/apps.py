"""Wiring only: the commands ``demo`` and ``seed``."""

from django.apps import AppConfig


class UpwellConfig(AppConfig):
    name = "upwell"
