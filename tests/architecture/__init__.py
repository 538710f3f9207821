"""The house keeps its shape: rules that no linter knows."""
