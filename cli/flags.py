"""Flags that several commands have, with what their help says of them."""

from typing import Annotated

from cyclopts import Parameter

PreviewOnly = Annotated[bool, Parameter(name="--preview", help="Say what would happen and change nothing.")]
ForPrograms = Annotated[bool, Parameter(help="Print for programs.")]
