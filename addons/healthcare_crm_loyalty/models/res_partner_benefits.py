from odoo import models
from odoo.exceptions import UserError

from odoo.addons.healthcare_crm import links

from ..benefits import Benefit

# The scope keeps a token that was signed for one page from opening another.
BENEFITS_SCOPE = 'healthcare_crm_loyalty.benefits'
BENEFITS_PATH = '/my/benefits/%s'
#: Whoever has a card opens the page now and then, for a year.
BENEFITS_HOURS = 24 * 366
#: as much of the history as the page shows
HISTORY = 20


class ResPartner(models.Model):
    """The page on which patients see their membership, by a link of their own."""

    _inherit = 'res.partner'

    def _get_memberships(self):
        """Return the cards of this patient in memberships, as the user reads them."""
        self.ensure_one()
        return self.env['loyalty.card'].search(
            [('partner_id', '=', self.id), ('program_id.is_membership', '=', True)]
        )

    # -- the link

    def _get_benefits_url(self):
        """Return the signed address of this patient's page of benefits."""
        self.ensure_one()
        return self.get_base_url() + self._get_benefits_path()

    def _get_benefits_path(self, hours=BENEFITS_HOURS):
        patient = self.sudo()  # how many links there were is the software's
        holder = patient._get_consent_holder() or patient
        token = links.sign(
            BENEFITS_SCOPE,
            [patient.id, holder.id, patient.consent_link_number],
            expiration_hours=hours,
        )
        return BENEFITS_PATH % token

    # -- what is on it

    def _get_benefit_blocks(self):
        """Return the blocks of this patient's page, for other parts to add theirs.

        Called as the superuser in the language of the page, on a connection that can only read:
        the signed link allows it. Nothing of health is shown, for links are forwarded.

        :rtype: list[Benefit]
        """
        self.ensure_one()
        blocks = []
        for card in self._get_memberships():
            blocks += [
                Benefit(
                    10,
                    'healthcare_crm_loyalty.benefits_membership',
                    card._prepare_membership_benefit(),
                ),
                *self._get_family_blocks(card),
                Benefit(
                    90,
                    'healthcare_crm_loyalty.benefits_history',
                    {'card': card, 'lines': card._prepare_history_benefit(HISTORY)},
                ),
            ]
        return blocks

    # -- what can be done on it

    def _get_benefit_actions(self):
        """Return ``{name: (method, sentence)}`` of what a form of the page may do.

        The value of the pressed button, ``action``, is the name. The method is one of patients; it
        gets the form as a dict of strings, checks whatever it says, and raises a UserError in
        words that a patient understands. The page then shows the sentence.

        :rtype: dict
        """
        return {
            'share_agree': ('_share_agree_by_link', self.env._("You share your points now.")),
            'share_decline': (
                '_share_decline_by_link',
                self.env._("You do not share your points."),
            ),
            'share_end': ('_share_end_by_link', self.env._("The points are shared no longer.")),
        }

    def _do_benefit(self, action, form, holder):
        """Do what a form of the page asks for; what is refused is counted, and its key taken, too.

        :raise UserError: why that cannot be done
        """
        self.ensure_one()
        if not self._may_decide_once_more():
            raise UserError(self.env._("That was often. Please wait an hour and try again."))
        is_fresh = self._take_form_key(form.get('key'), holder, BENEFITS_SCOPE)
        method, _sentence = self._get_benefit_actions().get(action, (None, None))
        if not is_fresh or not method:
            raise UserError(self.env._("Nothing was changed. Please press the button once more."))
        if holder == self and self._is_minor():
            raise UserError(
                self.env._("You are not of age yet. Please ask your parent or guardian to call us.")
            )
        with self.env.cr.savepoint():
            getattr(self, method)(form)

    def _sign_benefit_key(self, holder):
        """Return the key that a form of the page sends along, taken once."""
        return self._sign_form_key(holder, BENEFITS_SCOPE)

    def _say_benefit_done(self, action):
        """Return what the page says after an action; nothing for anything invented."""
        _method, sentence = self._get_benefit_actions().get(action, (None, ''))
        return sentence

    # -- the family

    def _get_family_blocks(self, card):
        values = card._prepare_family_benefit()
        if not (values['head'] or values['asking'] or values['sharing']):
            return []
        return [Benefit(70, 'healthcare_crm_loyalty.benefits_family', values)]

    def _share_agree_by_link(self, form):
        self._find_share(form, 'purse_id', 'asked')._agree('link')

    def _share_decline_by_link(self, form):
        self._find_share(form, 'purse_id', 'asked')._decline('link')

    def _share_end_by_link(self, form):
        """The head takes somebody out of the family, or somebody goes."""
        field = 'purse_id' if form.get('share') else 'card_id'
        self._find_share(form, field, 'shared').card_id._end_sharing()

    def _find_share(self, form, field, state):
        """Return the sharing that a form is about.

        :param str field: which card of it is this patient's
        :raise UserError: there is none like that any more
        """
        domain = [('state', '=', state), (f'{field}.partner_id', '=', self.id)]
        name, key = ('id', 'share') if field == 'purse_id' else ('card_id', 'card')
        domain.append((name, '=', _read_id(form.get(key))))
        share = self.env['healthcare.loyalty.share'].search(domain)
        if not share:
            raise UserError(self.env._("This was answered already."))
        return share


def _read_id(text):
    """Return the id that a form sends; 0, which nothing has, for anything else."""
    text = text or ''
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
