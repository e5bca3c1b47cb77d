"""Messages to people: inbox, digest, delivery. What is owed comes from the sources of upper apps."""
