"""Read models of a programme: where an episode stands, its plan, and what a decision reads."""
