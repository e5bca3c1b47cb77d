from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = "督查督办"

    def ready(self) -> None:
        from notices import sources
        from plans import actions, pillars
        from plans.models import Comment, Entry, Target
        from supervision import owed, permissions
        from supervision.services.handover import holders, move_tasks
        from supervision.summaries import notes_of, notes_of_entry, notes_to
        from supervision.tags import DICTIONARY

        for on, url_name, may in (
            (Target, "supervision:new_on_target", permissions.can_order_on),
            (Comment, "supervision:new_on_comment", permissions.can_order_on_comment),
            (Entry, "supervision:new_on_entry", permissions.can_order_on_entry),
        ):
            actions.register(actions.Action("立督办单", url_name, may, on))
        actions.register_told(actions.Told("督办", notes_of, notes_of_entry, notes_to))
        actions.register_held(actions.Held("督办事项{}项", holders, move_tasks))
        sources.register(owed.lines_at)
        pillars.register_dictionary(DICTIONARY)
