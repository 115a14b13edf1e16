"""The subcommands of `automl`, one a module."""
