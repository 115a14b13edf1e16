"""`python -m automl`: the command, where its script is not on the path."""

from automl.cli import main

if __name__ == "__main__":
    main()
