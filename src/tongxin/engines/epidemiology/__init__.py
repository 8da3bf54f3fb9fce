"""Epidemiology on plain arrays: who met whom, and when. No framework, no database."""
