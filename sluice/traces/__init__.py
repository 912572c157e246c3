"""What an agent did: tool calls, and later spans, steps and outcomes."""
