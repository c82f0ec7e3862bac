"""Coverage-guided fuzzing: each target takes arbitrary bytes and fails on what no user may see (CONTRIBUTING.md)."""
