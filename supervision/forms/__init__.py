from supervision.forms.acts import ACTS, ActForm
from supervision.forms.orders import OrderForm

__all__ = ["ACTS", "ActForm", "OrderForm"]
