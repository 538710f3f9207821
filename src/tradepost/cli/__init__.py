"""The face for a terminal: Typer commands, one module an app."""
