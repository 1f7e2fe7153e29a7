"""The model: what a day is made of (plan), what chance decides in it (trace) and what may happen (rules)."""
