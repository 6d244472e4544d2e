"""The shipped notebooks as they come out on the sample case; `make golden` rebuilds them."""
