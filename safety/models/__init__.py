from safety.models.air import AirCheck, AirKind
from safety.models.appeals import Appeal
from safety.models.hazards import Defence, Grade, Hazard, Inspection
from safety.models.railway import Patrol, RailSegment
from safety.models.topics import MonthlyTopic
from safety.models.trainings import Training, TrainingKind
from safety.models.water import Reading, Result, WaterClass, WaterSection

__all__ = [
    "AirCheck",
    "AirKind",
    "Appeal",
    "Defence",
    "Grade",
    "Hazard",
    "Inspection",
    "MonthlyTopic",
    "Patrol",
    "RailSegment",
    "Reading",
    "Result",
    "Training",
    "TrainingKind",
    "WaterClass",
    "WaterSection",
]
