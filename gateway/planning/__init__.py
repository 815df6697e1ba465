"""The migration laid out beforehand: when which end changes, what a move touches, what the next run would do."""
