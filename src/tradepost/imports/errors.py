"""Why a file cannot be imported."""

from tradepost.lib.errors import Invalid, Missing, Refused


class NoSuchImport(Missing):
    """No import has this number, or none that this actor may know of."""

    code = "no_such_import"
    title = "There is no such import"


class FileUnreadable(Invalid):
    """Neither CSV nor XLSX, or broken."""

    code = "file_unreadable"
    title = "This file cannot be read"


class FileTooLarge(Invalid):
    """More bytes or more rows than one import takes."""

    code = "file_too_large"
    title = "A file has at most 50 MB and 1,000,000 rows"


class ColumnsUnclear(Invalid):
    """The first row does not say which column is which."""

    code = "columns_unclear"
    title = "The first row of a file names its columns"


class ImportOver(Refused):
    """Every row of it was worked off."""

    code = "import_over"
    title = "This import is done"


class ImportRepeated(Refused):
    """A file of opening stock whose goods were received before; once more takes a word."""

    code = "import_repeated"
    title = "The goods of this file were received before"


class ImportRunning(Refused):
    """A worker has it in hand."""

    code = "import_running"
    title = "This import is under way"


class ImportNotRunning(Refused):
    """There is nothing to stop."""

    code = "import_not_running"
    title = "This import is not under way"


class FileForgotten(Refused):
    """The file of an import that was left alone for 30 days is not kept."""

    code = "file_forgotten"
    title = "This file is no longer kept; send it again"
