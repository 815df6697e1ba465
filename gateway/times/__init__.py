"""When something is due: days, slots, timetables, and the clock as a port."""
