"""The machinery of the API: who calls, with what scopes, in what words it answers. It knows no noun of the plan."""
