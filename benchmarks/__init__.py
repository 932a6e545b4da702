"""How fast it is, as ratios to baselines measured in the same run (docs/benchmarks.md)."""
