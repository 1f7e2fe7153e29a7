"""The tests; a package so that its folders can share the days of `tests.days`."""
