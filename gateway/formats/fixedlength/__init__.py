"""Legacy records: layouts compiled to readers and writers of records, header, data and trailer."""
