from supervision.models.moves import Move, MoveFile
from supervision.models.orders import Order, OrderTask

__all__ = ["Move", "MoveFile", "Order", "OrderTask"]
