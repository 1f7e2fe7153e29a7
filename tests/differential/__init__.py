"""Two engines, one answer: equality on random days, and mutants that must not pass."""
