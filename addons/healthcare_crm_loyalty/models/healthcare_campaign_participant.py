from odoo import fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

ARMS = [
    ('addressed', "Addressed"),
    ('held', "Kept out"),
    ('unreached', "Not reachable"),
    ('came', "Came by a code"),
    # was merged away; the record that is kept takes part
    ('merged', "Under another record"),
]


class HealthcareCampaignParticipant(models.Model):
    """A patient whom a campaign is meant for, or who came through it. Written in SQL only.

    Whom a campaign is meant for may be a secret, as being in a segment is: it is for staff. Of a
    patient who was erased the row stays without the patient, as it was last measured: nobody sees
    it, and it is counted.
    """

    _name = 'healthcare.campaign.participant'
    _description = "Participant of a Campaign"
    _log_access = False
    _order = 'id'
    _rec_name = 'campaign_id'

    # no index of its own: the unique one begins with it
    campaign_id = fields.Many2one(
        'healthcare.campaign', required=True, readonly=True, ondelete='cascade'
    )
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_STAFF,
    )
    arm = fields.Selection(ARMS, string="How", required=True, readonly=True)
    obstacle = fields.Selection(
        selection=lambda self: self.env['healthcare.communication']._fields['reason'].selection,
        string="Why Not",
        readonly=True,
        groups=GROUP_STAFF,
    )
    code_id = fields.Many2one(
        'healthcare.campaign.code',
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
    )
    since = fields.Datetime(required=True, readonly=True)
    contacted_at = fields.Datetime(string="Contacted", readonly=True, groups=GROUP_STAFF)
    responded_at = fields.Datetime(string="Responded", readonly=True, groups=GROUP_STAFF)
    converted_at = fields.Datetime(string="Reached the Goal", readonly=True, groups=GROUP_STAFF)
    is_repeat = fields.Boolean(string="Came Again", readonly=True, groups=GROUP_STAFF)
    currency_id = fields.Many2one(related='campaign_id.currency_id')
    revenue = fields.Monetary(readonly=True, groups=GROUP_STAFF)

    _patient_uniq = models.Constraint(
        'UNIQUE (campaign_id, patient_id)', "The patient is in this campaign already."
    )
