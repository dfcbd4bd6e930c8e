def migrate(cr, version):
    """Make way for outcomes and happenings that are free codes, and for several triggers."""
    # Odoo would ask the fields, which are no selections any more, what becomes of their choices
    cr.execute("""
        DELETE FROM ir_model_fields_selection WHERE field_id IN (
            SELECT id FROM ir_model_fields
             WHERE (model, name) IN (('healthcare.workflow.edge', 'outcome'),
                                     ('healthcare.workflow.event', 'kind'),
                                     ('healthcare.care.task', 'outcome'),
                                     ('healthcare.workflow.step', 'after_outcome')))
    """)
    cr.execute("""
        UPDATE healthcare_workflow_version
           SET graph = (graph - 'trigger') || jsonb_build_object(
                   'triggers', jsonb_build_object('t1', graph->'trigger'))
         WHERE graph ? 'trigger'
    """)
    cr.execute("""
        ALTER TABLE healthcare_workflow_stat
         DROP CONSTRAINT IF EXISTS healthcare_workflow_stat_day_uniq
    """)
    # the index of a workflow's newest enrollments is in its place
    cr.execute("DROP INDEX IF EXISTS healthcare_workflow_enrollment__workflow_id_index")
