"""Orders to measure with, in the plan of every unit that seed_scale made: written past the services, never for people.

python -m bench.orders 300        orders of two tasks for each plan, in all states, three of them on its first target
"""

from __future__ import annotations

import os
import sys
from datetime import date, datetime, timedelta

import django

TODAY = date(2024, 12, 20)


def main() -> None:
    """Write so many orders for each plan and say how many tasks there are now."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanyinge.settings")
    django.setup()
    from office.clock import SHANGHAI
    from office.models import User
    from plans.models import Plan, Target
    from supervision.choices import Kind, OrderState, TaskState
    from supervision.models import Move, Order, OrderTask

    number = int(sys.argv[1])
    system = User.objects.system()
    states = [
        TaskState.ISSUED, TaskState.UNDER_WAY, TaskState.UNDER_WAY, TaskState.REPORTED, TaskState.CLOSED,
        TaskState.SUSPENDED,
    ]  # fmt: skip
    for plan in Plan.objects.order_by("pk"):
        targets = list(Target.objects.filter(plan=plan).order_by("pk")[:90])
        orders = []
        for place in range(number):
            at = datetime(2024, 12, 19, 9, tzinfo=SHANGHAI) - timedelta(days=place % 90)
            over = states[place % len(states)] == TaskState.CLOSED
            orders.append(
                Order(
                    plan=plan, number=place + 1, title=f"督办第{place + 1}件", state=OrderState.CLOSED if over else OrderState.ISSUED,
                    drafted_by=system, drafted_at=at, issued_at=at, closed_at=at if over else None,
                )
            )  # fmt: skip
        Order.objects.bulk_create(orders)
        tasks = []
        for place, order in enumerate(orders):
            target = targets[0 if place < 3 else place % len(targets)]
            state = states[place % len(states)]
            due_on = TODAY + timedelta(days=place % 60 - 30)
            done_on = due_on if state in (TaskState.REPORTED, TaskState.CLOSED) else None
            for position in (1, 2):
                tasks.append(
                    OrderTask(
                        order=order, position=position, content=f"第{position}项：说明情况，拿出办法并落实",
                        lead_unit_id=target.lead_unit_id, cadre_id=target.cadre_id, target=target, first_due_on=due_on,
                        due_on=due_on, state=state, given_at=order.issued_at, done_on=done_on,
                        closed_on=done_on if state == TaskState.CLOSED else None,
                    )
                )  # fmt: skip
        OrderTask.objects.bulk_create(tasks)
        Move.objects.bulk_create(
            Move(order=task.order, task=task, kind=Kind.SIGN, by=system, at=task.order.issued_at)
            for task in tasks
            if task.state != TaskState.ISSUED
        )
    print(f"{OrderTask.objects.count()} tasks of orders")


if __name__ == "__main__":
    main()
