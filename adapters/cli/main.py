"""`gharana`: every verb of the command line. `gharana VERB --help` says what one takes."""

import typer

from adapters.cli import (
    bench,
    check,
    demo,
    due,
    erasure,
    extract,
    household,
    indicators,
    lives,
    population,
    programme,
    rebuild,
    run,
    scorecard,
    shock,
    simulate,
    submit,
    survey_import,
)

app = typer.Typer(
    name="gharana",
    help="A registry of households whose history can be replayed, explained and proved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("import")(survey_import.import_survey)
app.command("lives")(lives.lives)
app.command("submit")(submit.submit)
app.command("population")(population.population)
app.command("run")(run.run)
app.command("rebuild")(rebuild.rebuild)
app.command("due")(due.due)
app.command("indicators")(indicators.indicators)
app.command("extract")(extract.extract)
app.command("simulate")(simulate.run)
app.command("check")(check.check)
app.add_typer(scorecard.app, name="scorecard")
app.add_typer(programme.app, name="programme")
app.add_typer(shock.app, name="shock")
app.add_typer(household.app, name="household")
app.add_typer(erasure.app, name="erasure")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Read the command line and do what it says."""
    app(prog_name="gharana")


if __name__ == "__main__":
    main()
