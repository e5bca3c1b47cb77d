"""The heart: plan, clause, target, checkpoint, report, standing; what is owed; import."""
