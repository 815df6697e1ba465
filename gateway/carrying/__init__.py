"""The parts of the steps that ``gateway.transfer`` takes a file through."""
