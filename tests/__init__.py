"""Every test runs on both databases, each test on a fresh one."""
