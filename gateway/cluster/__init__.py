"""Several machines that share the routes: who lives, who carries what."""
