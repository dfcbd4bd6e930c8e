def migrate(cr, version):
    """Keep how many patients a segment has: the column has another name."""
    cr.execute("ALTER TABLE healthcare_segment RENAME COLUMN patient_count TO member_count")
