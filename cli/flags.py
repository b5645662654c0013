"""Flags that several commands have, with what their help says of them."""

from typing import Annotated

from cyclopts import Parameter

PreviewOnly = Annotated[bool, Parameter(name="--preview", help="Say what would happen and change nothing.")]
AnAction = Annotated[str, Parameter(help="Its reference, for example FT-2026-0042.")]
OneLocation = Annotated[str | None, Parameter(help="The name of one location; all of them where none is named.")]
ForPrograms = Annotated[bool, Parameter(help="Print JSON, for programs.")]
