"""Files that are not what their name says: read, or named in words with what to do."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from rapport.importers.errors import ImportFailed
from rapport.importers.files.open import open_table
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import FileOptions
from rapport.importers.rows.reader import open_records

FIELD = Path(__file__).parents[3] / "data" / "field"
CSV = "id,name\n1,Café\n2,b\n"


def written(tmp_path, content, name="export.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def cells(path, **options):
    table = open_table(path, FileOptions(**options))
    try:
        rows = [row.cells for row in table.rows()]
        assert table.rows_counted == len(rows)
    finally:
        table.close()
    return rows


def test_the_web_page_of_the_field_is_named():
    with pytest.raises(ImportFailed, match=r"is a web page named \.xls; open it in a spreadsheet"):
        open_records(FIELD / "16-html-named.xls", preset("servicenow"))


def test_the_zip_file_of_the_field_is_read():
    rows = cells(FIELD / "16b-download.csv.zip")
    assert len(rows) == 3
    assert rows[0]["Which department are you in?"]


READ = [{"id": "1", "name": "Café"}, {"id": "2", "name": "b"}]


@pytest.mark.parametrize(
    "content",
    [
        packed({"a.csv": CSV}),
        packed({"data/": "", "data/a.csv": CSV, "__MACOSX/data/._a.csv": "x", ".DS_Store": "x"}),
        packed({"a.csv": CSV.encode("cp1252")}),
        packed({"a.json": '{"result": [{"id": 1, "name": "Café"}, {"id": "2", "name": "b"}]}'}),
        packed({"a.csv": CSV.encode("utf-16")}),
        gzip.compress(CSV.encode()),
        CSV.encode("utf-16-le"),
        CSV.encode("utf-8-sig"),
        CSV.encode(),
    ],
    ids=["zip", "folder", "cp1252", "json", "utf-16", "gzip", "utf-16-le", "utf-8-sig", "plain"],
)
@pytest.mark.parametrize("name", ["a.csv", "a.zip", "a.xlsx", "a"])
def test_a_packed_file_and_any_encoding_are_read_whatever_the_name(tmp_path, content, name):
    assert cells(written(tmp_path, content, name)) == READ


def test_a_zip_file_is_read_in_bounded_memory_and_to_its_end(tmp_path):
    path = written(tmp_path, packed({"a.csv": "id,name\n" + "1,x\n" * 500_000}))
    assert path.stat().st_size < 100_000
    table = open_table(path, FileOptions())
    assert sum(1 for _ in table.rows()) == table.rows_counted == 500_000
    table.close()


def xlsx_bytes():
    out = io.BytesIO()
    book = Workbook()
    for row in (["id", "name"], [1, "Café"], [2, "b"]):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_a_packed_workbook_is_read(tmp_path):
    for content in (packed({"a.xlsx": xlsx_bytes()}), gzip.compress(xlsx_bytes())):
        assert cells(written(tmp_path, content)) == READ
        with pytest.raises(ImportFailed, match="damaged"):
            cells(written(tmp_path, content[:-100]))


def test_a_mapping_that_says_another_format_than_the_file_has_is_refused(tmp_path):
    path = written(tmp_path, xlsx_bytes())
    with pytest.raises(ImportFailed, match=r"the mapping says csv, but .* is xlsx"):
        cells(path, format="csv")
    with pytest.raises(ImportFailed, match=r"the mapping says xlsx, but .* is csv"):
        cells(written(tmp_path, CSV), format="xlsx")
    assert cells(written(tmp_path, CSV, "a.json"), format="csv") == READ
    with pytest.raises(ImportFailed, match="a web page"):
        cells(written(tmp_path, "<html>"), format="csv")


def tar_bytes():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a.csv")
        info.size = len(CSV.encode())
        archive.addfile(info, io.BytesIO(CSV.encode()))
    return out.getvalue()


XML_2003 = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (packed({"a.csv": CSV, "b.csv": CSV}), r"a ZIP file with 2 files \(a.csv, b.csv\); unpack"),
        (packed({f"{n}.csv": CSV for n in range(20)}), r"with 20 files \(0.csv, .*9.csv, …\)"),
        (packed({}), "a ZIP file without a file in it"),
        (packed({"folder/": ""}), "a ZIP file without a file in it"),
        (packed({"a.zip": packed({"a.csv": CSV})}), "a ZIP file in another; unpack it"),
        (gzip.compress(packed({"a.csv": CSV})), "a ZIP file in another; unpack it"),
        (gzip.compress(gzip.compress(CSV.encode())), "packed with gzip twice"),
        (tar_bytes(), "a tar archive; unpack it"),
        (gzip.compress(tar_bytes()), "a tar archive; unpack it"),
        (b"<!DOCTYPE html>\n<html><table></table></html>", "a web page named .csv"),
        (b"\xef\xbb\xbf\r\n  <HTML><body>", "a web page"),
        ("<html><table>".encode("utf-16"), "a web page"),
        (b"<table border=1><tr><td>x", "a web page"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html>', "a web page"),
        (b'<?xml version="1.0"?>\n<html xmlns="x">', "a web page"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "one file .MHTML."),
        (XML_2003.encode(), "an XML spreadsheet of Excel 2003; open it in a spreadsheet"),
        (XML_2003.encode("utf-16"), "an XML spreadsheet of Excel 2003"),
        (
            b'<?xml version="1.0"?><office:document xmlns:office="urn:opendocument">',
            "FODS",
        ),
        (b'<?xml version="1.0"?><rows><row/></rows>', "an XML document; export the table"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document; export the table as CSV or XLSX"),
        (b"{\\rtf1\\ansi", "an RTF document"),
        (
            OLE + "Workbook".encode("utf-16-le"),
            r"an old workbook \(XLS\); open it in a spreadsheet",
        ),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a workbook with a password"),
        (OLE + "WordDocument".encode("utf-16-le"), "an old Word document"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "a workbook of a very old Excel"),
        (packed({"[Content_Types].xml": "", "xl/workbook.bin": ""}), "a binary workbook .XLSB."),
        (packed({"[Content_Types].xml": "", "word/document.xml": ""}), "a text or presentation"),
        (packed({"Index/Document.iwa": "", "preview.jpg": ""}), "a Numbers or Pages document"),
        (b"7z\xbc\xaf\x27\x1c", "a packed file; unpack it"),
        (b"Rar!\x1a\x07", "a packed file; unpack it"),
        (b"PAR1\x15", "a Parquet file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"ID;PWXL;N;E\r\n", "a SYLK file"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (gzip.compress(CSV.encode() * 100)[:-6], "damaged and ends early"),
        (packed({"a.csv": CSV * 100})[:90], "damaged or incomplete"),
    ],
    ids=lambda value: value if isinstance(value, str) else "is",  # the bytes hold times
)
@pytest.mark.parametrize("name", ["export.csv", "export.xls"])
def test_what_is_not_read_is_named_with_what_to_do(tmp_path, content, says, name):
    says = says.replace("named .csv", rf"named \{Path(name).suffix}")
    with pytest.raises(ImportFailed, match=says):
        cells(written(tmp_path, content, name))


def test_a_zip_file_with_a_password_is_named(tmp_path):
    content = bytearray(packed({"a.csv": CSV}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ImportFailed, match="a ZIP file with a password; unpack it"):
        cells(written(tmp_path, bytes(content)))


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n<html>,x\n",
        "[id],[name]\n1,x\n",
        "{id},name\n1,x\n",
        "id;name\n1;x\n",
    ],
)
def test_a_csv_that_only_resembles_another_format_is_read(tmp_path, text):
    assert len(cells(written(tmp_path, text))) == 1
