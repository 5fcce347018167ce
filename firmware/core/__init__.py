"""Pure decisions: events in, effects out. No asyncio, no sockets, no files, no hal."""
