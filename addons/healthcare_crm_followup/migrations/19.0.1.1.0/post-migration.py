from odoo import SUPERUSER_ID
from odoo.api import Environment


def migrate(cr, version):
    """Give steps, ways and starts the names they are known by, and workflows their one start."""
    cr.execute("UPDATE healthcare_workflow_step SET key = 's' || id WHERE key IS NULL")
    cr.execute("""
        UPDATE healthcare_workflow_edge AS edge SET code = 'way' || way.number
          FROM (SELECT id, row_number() OVER (PARTITION BY step_id ORDER BY sequence, id) AS number
                  FROM healthcare_workflow_edge WHERE outcome = 'way' AND code IS NULL) AS way
         WHERE way.id = edge.id
    """)
    cr.execute("""
        SELECT id, trigger_amount, trigger_unit, trigger_direction, trigger_field
          FROM healthcare_workflow AS workflow
         WHERE NOT EXISTS (SELECT FROM healthcare_workflow_trigger WHERE workflow_id = workflow.id)
    """)
    Environment(cr, SUPERUSER_ID, {})['healthcare.workflow.trigger'].create(
        [
            {
                'workflow_id': workflow_id,
                'key': 't1',
                'kind': 'date',
                'amount': amount,
                'unit': unit,
                'direction': direction,
                'field_name': field,
            }
            for workflow_id, amount, unit, direction, field in cr.fetchall()
        ]
    )
    cr.execute(r"""
        UPDATE healthcare_workflow_enrollment
           SET trigger = 't1', anchor_at = substr(occurrence, 1, 19)::timestamp
         WHERE trigger IS NULL AND occurrence ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'
    """)
