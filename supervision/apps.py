from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = "督查督办"

    def ready(self) -> None:
        from notices import sources
        from plans import actions, pillars
        from supervision import owed
        from supervision.permissions import can_order_on
        from supervision.services.handover import holders, move_tasks
        from supervision.summaries import notes_of, notes_to
        from supervision.tags import DICTIONARY

        actions.register(actions.Action("立督办单", "supervision:new_on_target", can_order_on))
        actions.register_told(actions.Told("督办", notes_of, notes_to))
        actions.register_held(actions.Held("督办事项{}项", holders, move_tasks))
        sources.register(owed.lines_at)
        pillars.register_dictionary(DICTIONARY)
