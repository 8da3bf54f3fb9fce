"""Pages of this room: the board and the pairs, the caller's phone, the requests."""
