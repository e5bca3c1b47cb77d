from supervision.models.lists import ListSetting
from supervision.models.moves import Move, MoveFile
from supervision.models.orders import Order, OrderTask

__all__ = ["ListSetting", "Move", "MoveFile", "Order", "OrderTask"]
