"""One file for each rule of docs/rules.md: the docstring holds a day worked by hand, and every engine must play it so."""
