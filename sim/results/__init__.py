"""The results of a day: its records, their auditor, the measures defined on them, and the files that hold them."""
