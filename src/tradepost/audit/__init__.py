"""Who did what, when, through which face, with before and after. Rows are added, never changed or removed."""
