"""The demo compound: invented people in ledgers that look like real ones."""
