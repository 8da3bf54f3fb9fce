"""Brings a parsed ledger into the tables: what is known, what each row means, and the writing. Used by the api only."""
