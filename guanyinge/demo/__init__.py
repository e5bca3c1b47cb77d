"""The demo: Guanyinge's plan of 2024 as a portal would hold it, with months of invented reports.

`document` restates the plan, `people` names units and posts, `targets` says what was promised, `story` what
the months brought, and `load` hands all of it to the services as the people themselves would have done.
Facts, names and figures of the commitments are the plan's; people, progress and whatever carries an
assumption are made up.
"""
