-- After a restore or a take-over: another journal may know that the transfer is over; its destination is to be asked.
ALTER TABLE transfers ADD COLUMN unproved INTEGER NOT NULL DEFAULT 0;
