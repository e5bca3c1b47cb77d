from party.models.brands import Brand
from party.models.disclosures import Cooperative, Disclosure
from party.models.sessions import Session, SessionKind
from party.models.sites import DemoSite, SiteKind

__all__ = ["Brand", "Cooperative", "DemoSite", "Disclosure", "Session", "SessionKind", "SiteKind"]
