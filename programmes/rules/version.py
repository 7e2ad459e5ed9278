"""Version of the programme rules, stored with every decision so that it can be explained later."""

RULES_VERSION = "2026.11.2"
