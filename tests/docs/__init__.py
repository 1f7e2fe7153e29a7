"""What README and docs say is true: their commands, examples, lists and quotations."""
