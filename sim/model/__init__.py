"""The model: the plan of a day, the trace of what chance decides on it, and the rules of the hall."""
