from odoo.tools.sql import column_exists, rename_column


def migrate(cr, version):
    """Keep how many patients a segment has: the column has another name."""
    # an update that was broken off begins anew
    if column_exists(cr, 'healthcare_segment', 'patient_count'):
        rename_column(cr, 'healthcare_segment', 'patient_count', 'member_count')
