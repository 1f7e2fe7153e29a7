"""What must happen to the records when a scenario changes in a known way."""
