"""Money in and out: asked for, held, decided once by another, and proved to be so."""
