"""The workforce hears nothing from below; it only tells the import of ledgers who writes the list of responders."""

from tongxin.community.api import register_ledger_writer
from tongxin.workforce.api import write_ledger

register_ledger_writer("responders", write_ledger)
