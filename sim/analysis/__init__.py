"""Numbers from numbers: intervals, summaries and closed forms. Arrays in, numbers out; no files, no chance, no clock."""
