"""So many premises in each unit of the seeded ones: a ledger to measure lists with.

.venv/bin/python -m bench.ledgers ROWS
"""

import os
import sys
from datetime import date

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanyinge.settings")
django.setup()

from economy.models import Premises  # noqa: E402
from office.models import Unit  # noqa: E402

CHUNK = 5_000


def main(rows: int) -> None:
    units = Unit.objects.filter(kind="subdistrict").order_by("pk")
    made = (
        Premises(
            unit=unit,
            name=f"{number:04d}号",
            kind="building" if number % 5 else "plant",
            area=1000 + number,
            vacant_area=number % 900,
            talked_on=date(2024, 1 + number % 12, 3) if number % 2 else None,
            revived_on=date(2024, 1 + number % 12, 20) if number % 4 == 1 else None,
        )
        for unit in units
        for number in range(rows)
    )
    Premises.objects.bulk_create(made, batch_size=CHUNK)
    print(f"premises: {Premises.objects.count()}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
