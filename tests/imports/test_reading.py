"""Files are read as people write them: every encoding, delimiter and way of writing numbers that is clear."""

import io
import zipfile
from typing import Any, BinaryIO

import pytest
from openpyxl import Workbook

from tests.imports.files import csv_file, xlsx_file
from tradepost.imports import columns, reading
from tradepost.imports.errors import ColumnsUnclear, FileTooLarge, FileUnreadable
from tradepost.imports.reading import cells, shapes, xlsx_files
from tradepost.imports.reading.cells import Unclear

pytestmark = pytest.mark.once

LINES = ("SKU{0}Name{0}Price", "A1{0}Café crème{0}2.50", "B2{0}Tea{0}3.00")
READ = [(2, ["A1", "Café crème", "2.50"]), (3, ["B2", "Tea", "3.00"])]


def survey(file: BinaryIO) -> reading.Layout:
    return reading.survey(file, lambda header: columns.known("products", header))


def read(file: BinaryIO) -> list[tuple[int, list[str]]]:
    """Numbers and cells of the rows of a file."""
    return [(row.number, list(row.cells)) for row in reading.rows(file, survey(file))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_encoding_delimiter_and_line_ends_are_found_out(encoding: str, delimiter: str, end: str) -> None:
    file = csv_file(*(line.format(delimiter) for line in LINES), encoding=encoding, end=end)
    assert read(file) == READ
    assert survey(file)[2:6] == (delimiter, 1, ["SKU", "Name", "Price"], 2)


def test_the_delimiter_that_makes_sense_wins() -> None:
    file = csv_file("sku;name;price, net", "A;Tea, green;2,50")
    assert read(file) == [(2, ["A", "Tea, green", "2,50"])]
    assert survey(csv_file("sku", "A", "B;C")).total == 2


def test_excels_own_line_and_empty_lines_are_passed_over_and_counted() -> None:
    file = csv_file("sep=;", "", "sku;name;price", "", "A;Tea;1", ";;", "B;Milk;2")
    assert read(file) == [(5, ["A", "Tea", "1"]), (7, ["B", "Milk", "2"])]
    assert (survey(file).header_row, survey(file).total) == (3, 2)


def test_quotes_hold_delimiters_lines_and_quotes() -> None:
    file = csv_file("sku,name,price", '"A","Tea, ""green""\nin bags",1', " B , Milk ,2")
    assert read(file) == [(2, ["A", 'Tea, "green"\nin bags', "1"]), (3, ["B", "Milk", "2"])]


def test_the_apostrophe_of_an_export_is_taken_away() -> None:
    assert read(csv_file("sku,name,price", "A,'=1+1,1", "B,'n Tea,1"))[0][1][1] == "=1+1"
    assert read(csv_file("sku,name,price", "B,'n Tea,1"))[0][1][1] == "'n Tea"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "nothing in this file"),
        (b"\n\n\n", "nothing in this file"),
        (b"sku,name\nA,\x81\xff", "neither UTF-8 nor Windows-1252"),
        (b"\xff\xfes\x00k", "cannot be read"),
        (b'sku,name\nA,"' + b"x" * 200_000, "larger than field limit"),
        (b"\xd0\xcf\x11\xe0 and so on", "Excel 2003"),
        (b"PK\x03\x04 and so on", "broken"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_why(content: bytes, sentence: str) -> None:
    with pytest.raises(FileUnreadable, match=sentence):
        survey(io.BytesIO(content))


def test_a_character_no_database_stores_is_replaced() -> None:
    assert read(csv_file("sku,name", "A\0,Tea"))[0][1] == ["A\ufffd", "Tea"]


def test_more_rows_or_columns_than_one_import_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradepost.imports.reading.csv_files.MOST_ROWS", 3)
    assert survey(csv_file("sku", "A", "B", "C")).total == 3
    with pytest.raises(FileTooLarge):
        survey(csv_file("sku", "A", "B", "C", "D"))
    with pytest.raises(FileTooLarge):
        survey(csv_file(",".join(["sku"] * (shapes.MOST_COLUMNS + 1))))


def test_a_workbook_is_read_as_it_looks() -> None:
    file = xlsx_file(
        [], ["SKU", "Name", "Price", "Stocked"], [22139, " Tea ", 2.5, True], [], [None, None], ["B", "Milk", 0.1 + 0.2]
    )
    assert read(file) == [(3, ["22139", "Tea", "2.5", "yes"]), (6, ["B", "Milk", "0.3", ""])]
    layout = survey(file)
    assert (layout.kind, layout.header_row, layout.header) == ("xlsx", 2, ["SKU", "Name", "Price", "Stocked"])


@pytest.mark.parametrize(
    ("value", "text"),
    [(5012345678900.0, "5012345678900"), (1e-7, "1e-07"), (12.0, "12"), (-0.5, "-0.5"), (None, ""), (False, "no")],
)
def test_numbers_of_a_workbook_come_out_as_shown(value: Any, text: str) -> None:
    assert xlsx_files._text(value) == text


def test_a_formula_is_read_as_the_value_it_came_to() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target, zipfile.ZipFile(xlsx_file(["sku", "price"], ["A", 0])) as source:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(
                    b"<v>0</v></c></row></sheetData>", b"<f>1+1.5</f><v>2.5</v></c></row></sheetData>"
                )
                assert b"<f>" in content
            target.writestr(name, content)
    assert read(file) == [(2, ["A", "2.5"])]


def test_a_workbook_that_does_not_say_how_long_it_is_is_counted() -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for i in range(1, 51):
        sheet.append(["sku", "price"] if i == 1 else [f"A{i}", i])
    file = io.BytesIO()
    book.save(file)
    assert survey(file).total == 49
    assert len(read(file)) == 49


def test_only_the_first_sheet_is_read() -> None:
    def more(book: Workbook) -> None:
        book.create_sheet("Second").append(["sku", "no"])

    assert read(xlsx_file(["sku", "name"], ["A", "Tea"], change=more)) == [(2, ["A", "Tea"])]


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_files, "MOST_UNPACKED", 1000)
    with pytest.raises(FileTooLarge, match="unpacks"):
        survey(xlsx_file(["sku", "name"], ["A", "Tea"]))


def test_rows_far_down_are_not_made_up_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_files, "MOST_ROWS", 50)

    def far(book: Workbook) -> None:
        assert book.active is not None
        book.active["A1000"] = "FAR"

    file = xlsx_file(["sku", "name"], ["A", "Tea"], change=far)
    with pytest.raises(FileTooLarge):
        survey(file)
    layout = reading.Layout("xlsx", "", "", 1, ["sku", "name"], 0)
    assert [row.number for row in reading.rows(file, layout)] == [2]


def test_entities_that_grow_without_end_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target, zipfile.ZipFile(xlsx_file(["sku"], ["A"])) as source:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = bomb + b"]>" + content.replace(b"<t>A", b"<t>&j;A", 1)
            target.writestr(name, content)
    with pytest.raises(FileUnreadable):
        read(file)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.50", "2.50"), ("2,50", "2.50"), (" 1 234.50 ", "1234.50"), ("1,234.50", "1234.50"), ("1.234,50", "1234.50"),
        ("1.234.567", "1234567"), ("1,234,567", "1234567"), ("1\u202f234,5", "1234.5"), ("1'234", "1234"),
        ("-3", "-3"), ("\u22123", "-3"), (".5", ".5"), ("1e-07", "1e-07"), ("1234,5678", "1234.5678"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_countries_write_them(text: str, number: str) -> None:
    assert cells.number(text) == number


@pytest.mark.parametrize("text", ["1,234", "abc", "1.2.3", "1,2,3", "12 pieces", "#REF!", "--1", "0x10", "NaN", "1/2"])
def test_what_is_no_number_or_two_is_refused(text: str) -> None:
    with pytest.raises(Unclear):
        cells.number(text)


def test_amounts_units_and_answers_are_read() -> None:
    assert [cells.amount(text) for text in ("£2.50", "2,5 GBP", "1e2")] == [250, 250, 10_000]
    assert [cells.unit(text) for text in ("Pcs.", "KG", "litres", "each")] == ["piece", "kg", "l", "piece"]
    assert [cells.yes_or_no(text) for text in ("Yes", "no", "TRUE", "0")] == [True, False, True, False]
    assert [cells.whole(text) for text in ("3", "3.0")] == [3, 3]
    for wrong, call in (
        ("2.505", cells.amount),
        ("tons", cells.unit),
        ("maybe", cells.yes_or_no),
        ("1.5", cells.whole),
    ):
        with pytest.raises(Unclear):
            call(wrong)


def test_columns_are_known_by_many_names() -> None:
    header = ["Stock Code", "product_name", "Unit-Price", "EAN", "", "Colour", "Min. stock", "COST PRICE"]
    assert columns.mapped("products", header) == ["sku", "name", "price", "barcode", "", "", "reorder_level", "cost"]
    assert columns.mapped("stock", ["Qty", "Item Code", "Shop"]) == ["quantity", "sku", "store"]


@pytest.mark.parametrize(
    ("kind", "header", "sentence"),
    [
        ("products", ["Name", "Price"], "No column is named sku; the first row says Name, Price"),
        ("stock", ["SKU", "Price"], "No column is named quantity"),
        ("products", ["SKU", "Price", "RRP"], "Two columns would be read as price: Price and RRP"),
    ],
)
def test_columns_that_are_not_clear_are_told(kind: str, header: list[str], sentence: str) -> None:
    with pytest.raises(ColumnsUnclear, match=sentence):
        columns.mapped(kind, header)


def test_an_empty_cell_says_nothing_and_one_too_many_is_wrong() -> None:
    fields = ["sku", "", "price", "name"]
    found = columns.read("products", fields, ["A", "ignored", "", "Tea"])
    assert (found.values, found.wrong) == ({"sku": "A", "name": "Tea"}, {})
    assert columns.read("products", fields, ["A", "x", "abc", "Tea", "more"]).wrong == {
        "price": "This is not a number.",
        "": "The row has more cells than the first row has names: 5, not 4.",
    }
    assert columns.read("products", fields, ["A", "x", "1", "Tea", ""]).wrong == {}
