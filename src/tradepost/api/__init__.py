"""The HTTP face for programs: translates requests into service calls and answers in JSON."""
