"""The pages of the plan, by noun; plans/urls/ says where each is found."""
