"""Races, each with the guard and, as a control, without it."""
