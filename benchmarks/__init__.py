"""What finflow costs in time: `make bench` prints a table and writes results.json. No test asserts a time."""
