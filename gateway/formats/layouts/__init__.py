"""What vendors write of the records of a file: items, their order and place, conditions on them."""
