"""What finflow costs in time: `make bench` prints a table and writes benchmarks/results.json. No test asserts a time."""
