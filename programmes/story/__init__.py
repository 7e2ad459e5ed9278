"""The story of an episode as one picture, and what the page says beside it.

``picture`` puts it together: ``days`` chooses the range, ``sheet`` says where a day stands, each
module of ``lanes`` draws one kind of thing on it, and ``table`` says the same in rows. Beside the
picture stand what was done of the plan (``adherence``), the ``review`` after twelve weeks, and that
the episode was ``reopened``. What is told comes from ``programmes.selectors.story``.
"""

from programmes.story.adherence import Adherence, adherence_of
from programmes.story.picture import story_of
from programmes.story.reopened import ReopenedShown, reopened_shown
from programmes.story.review import ReviewShown, review_shown
from programmes.story.values import Story

__all__ = [
    "Adherence",
    "ReopenedShown",
    "ReviewShown",
    "Story",
    "adherence_of",
    "reopened_shown",
    "review_shown",
    "story_of",
]
