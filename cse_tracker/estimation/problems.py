"""The two ways this room says no: the files cannot be read, or the method does not apply to them."""


class InputProblem(Exception):
    """A file given for estimation is missing, incomplete or holds a value that cannot be used.

    `file` is the file's name without its folder, `row` counts the header as row 1 and is None where no single row is
    at fault, `column` is the header's wording and is None where no single column is at fault.
    """

    def __init__(self, file: str, row: int | None, column: str | None, message: str) -> None:
        super().__init__(file, row, column, message)
        self.file = file
        self.row = row
        self.column = column
        self.message = message

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.message}"


class CannotEstimate(Exception):
    """The data can be read, but the multiple indicator method has no answer for them."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
