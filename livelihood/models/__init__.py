from livelihood.models.compounds import Committee, Compound, Rating
from livelihood.models.culture import Brand, CulturalEvent
from livelihood.models.jobs import JobFair, Jobs
from livelihood.models.organisations import Organisation, OrganisationKind
from livelihood.models.rectifications import Rectification
from livelihood.models.sites import Campaign, ServiceSite

__all__ = [
    "Brand",
    "Campaign",
    "Committee",
    "Compound",
    "CulturalEvent",
    "JobFair",
    "Jobs",
    "Organisation",
    "OrganisationKind",
    "Rating",
    "Rectification",
    "ServiceSite",
]
