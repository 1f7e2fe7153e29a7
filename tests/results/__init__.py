"""Records, the auditor and the measures."""
