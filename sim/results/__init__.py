"""What a day leaves behind: records, their auditor, the measures defined on them, and the files they are written to."""
