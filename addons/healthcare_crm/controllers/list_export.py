import json

from werkzeug.datastructures import FileStorage

from odoo import http

from odoo.addons.web.controllers import export, pivot

from ..importing.report import neutralize, neutralize_spreadsheet


class CSVExport(export.CSVExport):
    """Odoo's export of a list as text: what a spreadsheet would run, also headers."""

    def from_data(self, fields, columns_headers, rows):
        # Odoo puts an apostrophe before three of the signs itself, so it is left to it
        return super().from_data(
            fields,
            [_quote(header) for header in columns_headers],
            [[_quote_rest(cell) for cell in row] for row in rows],
        )


def _quote(cell):
    return neutralize(cell) if isinstance(cell, str) else cell


def _quote_rest(cell):
    if isinstance(cell, bytes):
        cell = cell.decode()
    return cell if isinstance(cell, str) and cell.startswith(('=', '+', '-')) else _quote(cell)


class ExportXlsxWriter(export.ExportXlsxWriter):
    """Text is text: neither a formula nor a link."""

    def write(self, row, column, cell_value, style=None):
        if isinstance(cell_value, str):
            return self.worksheet.write_string(row, column, cell_value, style)
        return super().write(row, column, cell_value, style)


class GroupExportXlsxWriter(ExportXlsxWriter, export.GroupExportXlsxWriter):
    pass


# Odoo's controllers name their writers, and no model stands between
export.ExportXlsxWriter = ExportXlsxWriter
export.GroupExportXlsxWriter = GroupExportXlsxWriter


class TableExporter(pivot.TableExporter):
    """The file of a pivot table is written from what the browser sends."""

    @http.route()
    def export_xlsx(self, data, **kw):
        table = json.load(data) if isinstance(data, FileStorage) else json.loads(data)
        return super().export_xlsx(json.dumps(_quote_all(table)), **kw)


def _quote_all(value):
    if isinstance(value, str):
        return neutralize_spreadsheet(value)
    if isinstance(value, list):
        return [_quote_all(item) for item in value]
    if isinstance(value, dict):
        return {key: _quote_all(item) for key, item in value.items()}
    return value
