from projects.models.investments import Investment
from projects.models.milestones import Milestone
from projects.models.problems import Problem
from projects.models.projects import Project

__all__ = ["Investment", "Milestone", "Problem", "Project"]
