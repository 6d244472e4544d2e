"""Bank files go in, entries come out: `case.load`."""
