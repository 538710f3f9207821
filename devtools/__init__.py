"""Tools of tests and benchmarks; no part of the product."""
