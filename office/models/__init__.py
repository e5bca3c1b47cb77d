from office.models.activity import Activity, ChainHead
from office.models.posts import Post, Role
from office.models.second_factors import RecoveryCode, SecondFactor
from office.models.tokens import ApiToken, Scope, StoredAnswer
from office.models.tries import Tries, TriesKind
from office.models.units import Unit, UnitKind
from office.models.users import PasswordRecord, User
from office.models.workdays import Workday

__all__ = [
    "Activity",
    "ApiToken",
    "ChainHead",
    "PasswordRecord",
    "Post",
    "RecoveryCode",
    "Role",
    "Scope",
    "SecondFactor",
    "StoredAnswer",
    "Tries",
    "TriesKind",
    "Unit",
    "UnitKind",
    "User",
    "Workday",
]
