"""The pages of this room: people, places, ledgers, duplicates. Each view makes one call to the api."""
