"""The pillar 民生: compounds, service sites, jobs and culture."""
