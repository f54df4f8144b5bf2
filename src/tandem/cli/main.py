"""The command's entry: groups, and errors as one line instead of a traceback."""

import difflib
import importlib
import os
import sys
from typing import Any, Final

import click

from tandem import __version__
from tandem.core.errors import DatabaseUnavailableError, TandemError

VERBS: Final = {
    "up": ("tandem.cli.up", "up", "Start everything on this machine; Ctrl-C stops it."),
    "serve": ("tandem.cli.serve", "serve", "Run one service."),
    "sessions": ("tandem.cli.sessions", "sessions", "Import and export focus sessions."),
    "demo": ("tandem.cli.demo", "demo", "The demonstration sessions."),
    "user": ("tandem.cli.user", "user", "What is kept about a person."),
    "budgets": ("tandem.cli.budgets", "budgets", "What users and API keys may spend on models."),
    "keys": ("tandem.cli.keys", "keys", "API keys: who may call the services, and what."),
    "jobs": ("tandem.cli.jobs", "jobs", "Background jobs: do them, look at them."),
    "backtest": ("tandem.cli.backtest", "backtest", "How good are the forecasts on a log of yours?"),
    "models": ("tandem.cli.models", "models", "How good are the models, on examples of yours?"),
    "bench": ("tandem.cli.bench", "bench", "Measure it beside the old services, done the old way."),
    "db": ("tandem.cli.database", "db", "The database: status, upgrade, dump, restore."),
    "model-server": ("tandem.cli.model_server", "model_server", "Serve the small language model."),
    "doctor": ("tandem.cli.doctor", "doctor", "What is wrong here, and which command mends it?"),
}
"""Each verb's module, function and help; a module is imported only when its verb is used."""


class LazyGroup(click.Group):
    """Loads a verb when it is called, so that `tandem --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name all verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one verb."""
        if cmd_name not in VERBS:
            return None
        module, name, _ = VERBS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or name the nearest one."""
        near = difflib.get_close_matches(args[0], VERBS, n=1)
        if args[0] not in VERBS and near:
            ctx.fail(f"No such command {args[0]!r}; did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the verbs without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in VERBS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="tandem")
def cli() -> None:
    """Two AI services on one async platform.

    \b
    Examples:
      tandem up                                   start everything, with demonstration sessions
      tandem sessions import log.csv --user ann   bring in somebody's sessions
      tandem backtest log.csv                     see how good the forecasts would have been
      tandem doctor                               find out what is wrong
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command; an expected error is one line on stderr and exit code 1."""
    try:
        code: Any = cli(args=arguments, standalone_mode=False, prog_name="tandem")
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"{error.ctx.get_usage()}\nSee `{error.ctx.command_path} --help`.", err=True)
        click.echo(f"tandem: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except TandemError as error:
        # Answers to callers never tell where the database is; whoever runs the command may know.
        remedy = "; see `tandem doctor`" if isinstance(error, DatabaseUnavailableError) else ""
        click.echo(f"tandem: {error.message}{remedy}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough; what is left must not be flushed into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        click.echo(f"tandem: {error.filename}: {error.strerror}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
