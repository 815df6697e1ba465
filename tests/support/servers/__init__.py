"""Real servers for tests: each on a free loopback port, with its files in a folder of the test run."""
