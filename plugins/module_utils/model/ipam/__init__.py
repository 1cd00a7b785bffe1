"""Address management's records, as upstream writes them: keys, blocks, handles, holders, settings. Pure."""
