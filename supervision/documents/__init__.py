"""督查通知单 and 催办通知: what they say, and as which files."""
