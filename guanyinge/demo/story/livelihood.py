STORY: dict[str, str] = {}
