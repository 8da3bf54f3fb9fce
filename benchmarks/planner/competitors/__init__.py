"""Other engines on the same days. Each states what it can; the same judge looks at all answers."""
