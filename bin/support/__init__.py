"""What bin/serve, bin/test and bin/manage share. Nothing of the portal imports it."""
