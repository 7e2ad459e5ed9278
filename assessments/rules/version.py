"""The version of the clinical rules, stored with every result so that an old one can be
explained."""

RULES_VERSION = "2026.11.1"
