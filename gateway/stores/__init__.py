"""Files on the own disk: those on the way, those kept, and whose folder it is."""
