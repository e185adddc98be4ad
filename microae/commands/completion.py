"""``microae completion``: what a shell needs to complete commands, options and their values at the Tab key."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator
from typing import NamedTuple

from microae.commands import common, configuration

HELP = "print a script that lets a shell complete commands and options"
DESCRIPTION = (
    "Print a script for bash, zsh or fish: it completes commands, options and the values to choose from, and else the "
    "names of files. It starts no Python when Tab is pressed; print it again after an update of microae."
)
EXAMPLES = (
    "microae completion bash > microae.bash  # and in ~/.bashrc: source .../microae.bash",
    "microae completion zsh > microae.zsh  # and in ~/.zshrc, after compinit: source .../microae.zsh",
    "microae completion fish > microae.fish  # to be put into ~/.config/fish/completions/",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser."""
    parser.add_argument("shell", choices=list(SHELLS), help="for which shell")


def run(arguments: argparse.Namespace) -> int:
    """Print the script; return the exit code."""
    from microae.commands import parser

    common.say(SHELLS[arguments.shell](list(_levels(parser(), ""))).removesuffix("\n"))
    return common.SUCCESS


class Level(NamedTuple):
    """A command, "" for microae itself: what may follow it.

    Attributes
    ----------
    name : str
        Such as "draw losses".
    words : dict of str to str
        The commands below it, or what its argument may be, each with its help.
    options : dict of str to str
        Its options with their helps.
    choices : dict of str to list of str
        What may follow an option; of those that take a file, or anything else, nothing is said.
    plain : list of str
        The options that are not followed by anything.
    """

    name: str
    words: dict[str, str]
    options: dict[str, str]
    choices: dict[str, list[str]]
    plain: list[str]


def _levels(parser: argparse.ArgumentParser, name: str) -> Iterator[Level]:
    """A command and all below it."""
    words: dict[str, str] = {}
    below: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below = action.choices
            words |= {choice.dest: str(choice.help) for choice in action._choices_actions}
        elif not action.option_strings and action.choices is not None:
            words |= dict.fromkeys(map(str, action.choices), "")
    known = configuration.options(parser)
    yield Level(
        name,
        words,
        {option: _help(action) for option, action in known.items()},
        {option: list(map(str, action.choices)) for option, action in known.items() if action.choices is not None},
        [option for option, action in known.items() if action.nargs == 0],
    )
    for word, parser_below in below.items():
        yield from _levels(parser_below, f"{name} {word}".strip())


def _help(action: argparse.Action) -> str:
    """The beginning of a help."""
    return (action.help or "").partition(";")[0].partition(" (default")[0].replace("%%", "%")


# --- shells ------------------------------------------------------------------------------------------------------


def _bash(levels: list[Level]) -> str:
    words = [f"        {_pattern(at.name)}) words={shlex.quote(' '.join(at.words))} ;;" for at in levels if at.words]
    options = [f"        {_pattern(at.name)}) options={shlex.quote(' '.join(at.options))} ;;" for at in levels]
    choices = [
        f"        {_pattern(f'{at.name} {option}')}) words={shlex.quote(' '.join(values))}; chosen=1 ;;"
        for at in levels
        for option, values in at.choices.items()
    ]
    files = [
        f"        {_pattern(f'{at.name} {option}')}) chosen=1 ;;"
        for at in levels
        for option in at.options
        if option not in at.choices and option not in at.plain
    ]
    newline = "\n"
    return f"""# bash completion for microae; "microae completion bash" prints it
_microae() {{
    local at="" word words="" options="" chosen="" i
    local current="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}"
    if [[ $current == "=" ]]; then current=""; fi
    if [[ $before == "=" ]]; then before="${{COMP_WORDS[COMP_CWORD-2]}}"; fi
    for (( i = 1; i < COMP_CWORD; i++ )); do
        word="${{COMP_WORDS[i]}}"
        case "${{at:+$at }}$word" in
            {"|".join(_pattern(at.name) for at in levels if at.name)}) at="${{at:+$at }}$word" ;;
        esac
    done
    case "$at" in
{newline.join(options)}
    esac
    case "$at $before" in
{newline.join([*choices, *files])}
        *) case "$at" in
{newline.join(words)}
        esac ;;
    esac
    if [[ -z $chosen && $current == -* ]]; then words="$options"; fi
    COMPREPLY=( $(compgen -W "$words" -- "$current") )
}}
complete -o default -o bashdefault -F _microae microae
"""


def _pattern(text: str) -> str:
    return shlex.quote(text)


def _zsh(levels: list[Level]) -> str:
    return f"autoload -U +X bashcompinit && bashcompinit\n{_bash(levels)}"


def _fish(levels: list[Level]) -> str:
    lines = ['# fish completion for microae; "microae completion fish" prints it']
    for at in levels:
        within = " && ".join(f"__fish_seen_subcommand_from {word}" for word in at.name.split()) or "true"
        first = f"not __fish_seen_subcommand_from {' '.join(at.words)}" if at.words else "true"
        for word, about in at.words.items():
            lines.append(_fish_line(f"{within}; and {first}", f"-f -a {shlex.quote(word)}", about))
        for option, about in at.options.items():
            more = f"-l {option[2:]}"
            if option in at.choices:
                more += f" -x -a {shlex.quote(' '.join(at.choices[option]))}"
            elif option not in at.plain:
                more += " -r"
            lines.append(_fish_line(within if at.name else first, more, about))
    return "\n".join(lines) + "\n"


def _fish_line(condition: str, what: str, about: str) -> str:
    quoted = about.replace("\\", "\\\\").replace("'", "\\'")
    return f"complete -c microae -n {shlex.quote(condition)} {what}" + (f" -d '{quoted}'" if about else "")


SHELLS: dict[str, Callable[[list[Level]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
"""What writes the script for each shell."""
