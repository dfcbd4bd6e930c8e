def migrate(cr, version):
    """Keep what segments ask: the column has another name, and nobody reads it as it is."""
    cr.execute("ALTER TABLE healthcare_segment RENAME COLUMN domain TO stored_domain")
    cr.execute("ALTER TABLE healthcare_segment ALTER COLUMN stored_domain DROP NOT NULL")
    # what every segment asks without being told
    cr.execute("""
        UPDATE healthcare_segment SET stored_domain = '[]'
         WHERE stored_domain = '[(''is_patient'', ''='', True)]'
    """)
