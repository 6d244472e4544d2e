"""Tests of the tracing engine."""
