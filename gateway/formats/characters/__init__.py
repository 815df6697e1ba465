"""Character codes and their tables: built-in ones, a city's own, and what two conventions name differently."""
