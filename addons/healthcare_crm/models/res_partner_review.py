from odoo import models
from odoo.exceptions import UserError

from ..matching import prepare

#: nobody is shown more candidates than these at once
MOST_OTHERS = 20


class ResPartner(models.Model):
    """What people say about two records: compare them, or that they are two people."""

    _inherit = 'res.partner'

    def action_compare(self):
        """Open two patients side by side, to merge them or to say that they are two people."""
        if len(self) != 2:
            raise UserError(self.env._("Choose two patients: they are shown side by side."))
        link = self._link_by_hand(*self, 'manual')
        # sudo: staff may look again at what somebody has decided; who may was just asked
        link.sudo().filtered(lambda pair: pair.status == 'different').action_undo()
        return link.action_review()

    def mark_different(self, other_ids):
        """Note that this new patient is none of these, so that nobody is asked again.

        :param list other_ids: ids of patients who were shown as candidates
        """
        self.ensure_one()
        ids = [id_ for id_ in other_ids if type(id_) is int] if isinstance(other_ids, list) else []
        others = (self.browse(ids[:MOST_OTHERS]).exists() - self)._filtered_access('read')
        for other in others:
            link = self._link_by_hand(self, other, 'registration')
            if link.status == 'open':
                self.env['healthcare.patient.link'].review_decide(link.id, 'different')
        return True

    def _link_by_hand(self, one, other, origin):
        """Return the pair of two patients, made now if there is none.

        :raise AccessError: this user may not see both, or does not work with patients
        """
        Link = self.env['healthcare.patient.link']
        Link._check_staff()
        pair = one | other
        pair.check_access('read')
        if not all(pair.mapped('is_patient')):
            raise UserError(self.env._("Only patients can be compared."))
        model = self.env['healthcare.patient.matching'].sudo()._get_model()
        match = model.compare(*map(prepare, pair._person()))
        # sudo: pairs are written by the software alone; who may was just asked
        Link.sudo()._record([(*pair.ids, match)], origin)
        return Link.search(
            [('patient_id', '=', min(pair.ids)), ('other_id', '=', max(pair.ids))], limit=1
        )
