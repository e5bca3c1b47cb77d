from office.models.activity import Activity, ChainHead
from office.models.posts import Post, Role
from office.models.second_factors import RecoveryCode, SecondFactor
from office.models.tries import Tries, TriesKind
from office.models.units import Unit, UnitKind
from office.models.users import PasswordRecord, User
from office.models.workdays import Workday

__all__ = [
    "Activity",
    "ChainHead",
    "PasswordRecord",
    "Post",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "Tries",
    "TriesKind",
    "Unit",
    "UnitKind",
    "User",
    "Workday",
]
