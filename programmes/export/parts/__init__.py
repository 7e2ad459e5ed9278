"""The parts of the record to read: the person, episodes, the training log, and changes."""
