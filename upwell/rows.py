"""Many small rows beside each row of a query, in one column."""

from typing import Any

from django.db.models import JSONField, Subquery


class Rows(Subquery):
    """What an inner query gives as ``row`` (a ``JSONObject``), as one list; empty for no row.

    Read as one text and parsed once: an array of objects is parsed object by object, which is most
    of the work where thousands of patients have dozens of sessions each.
    """

    template = (
        "(SELECT coalesce(json_agg(inner_rows.row), '[]')::text FROM (%(subquery)s) inner_rows)"
    )

    def __init__(self, queryset: Any, **extra: Any) -> None:
        super().__init__(queryset, output_field=JSONField(), **extra)
