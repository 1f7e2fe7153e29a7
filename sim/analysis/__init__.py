"""Statistics and closed forms: intervals, summaries, capacity. This package takes arrays and returns numbers, without files, chance or clock."""
