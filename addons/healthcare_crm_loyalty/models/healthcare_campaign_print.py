import io

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date
from odoo.tools.pdf import PdfFileReader

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

#: Letters of one run: as many as a printer holds, and wkhtmltopdf makes in half a minute
BATCH = 500


class HealthcareCampaign(models.Model):
    """Letters and postcards: one page each, in the patient's language, with the ledger kept."""

    _inherit = 'healthcare.campaign'

    letter_format = fields.Selection(
        [
            ('left', "Letter, window on the left"),
            ('right', "Letter, window on the right"),
            ('postcard', "Postcard"),
        ],
        string="Printed As",
        required=True,
        default='left',
    )
    letter_title = fields.Char(
        string="Heading", translate=True, help="Never say what somebody is treated for."
    )
    letter_body = fields.Text(
        string="Text",
        translate=True,
        help="One page. {name} becomes the name of the patient.",
    )
    print_ids = fields.One2many(
        'healthcare.campaign.print', 'campaign_id', string="Print Runs", groups=GROUP_STAFF
    )

    def action_print(self):
        """Print the next letters, and enter each in the ledger."""
        self.ensure_one()
        self._check_may_print()
        if self.state != 'running':
            raise UserError(self.env._("Start the campaign first: that chooses who is written to."))
        if not self._is_on():
            raise UserError(
                self.env._(
                    "The campaign goes from %(first)s to %(last)s. On other days nobody is written "
                    "to.",
                    first=format_date(self.env, self.date_from),
                    last=format_date(self.env, self.date_to),
                )
            )
        if not (self.letter_title and self.letter_body):
            raise UserError(self.env._("Write the letter first: it needs a heading and a text."))
        # sudo: the ledger is the software's to write
        run = self.sudo()._make_print_run()
        self.env['healthcare.audit']._record(
            'print',
            'healthcare.communication',
            patient_ids=run.communication_ids.patient_id.ids,
            res_ids=run.communication_ids.ids,
            detail='letters of a campaign',
        )
        return run._get_print_action()

    def action_preview_letter(self):
        """Show the letter as it would be printed, to nobody."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_url',
            'url': f'/healthcare/campaign/{self.id}/preview',
            'target': 'new',
        }

    def _make_pdf(self, letters):
        """Return the PDF of letters, a page each.

        :raise UserError: what makes PDFs is not installed
        """
        reports = self.env['ir.actions.report']
        if reports.get_wkhtmltopdf_state() == 'install':
            raise UserError(self.env._("Letters cannot be printed: wkhtmltopdf is not installed."))
        company = self.company_id
        paper = 'postcard' if self.letter_format == 'postcard' else 'letter'
        paper = self.env.ref(f'healthcare_crm_loyalty.campaign_{paper}_paperformat')
        html = self.env['ir.qweb']._render(
            'healthcare_crm_loyalty.campaign_letters',
            {
                'campaign': self,
                'company': company,
                'from_line': ' · '.join(company.partner_id._get_address_lines()),
                'letters': letters,
            },
        )
        report = reports.new({'paperformat_id': paper.id})
        return report._run_wkhtmltopdf(
            ['<!DOCTYPE html>\n' + str(html)],
            landscape=paper.orientation == 'Landscape',
        )

    def _preview_letter(self):
        """Return the PDF of a letter to nobody."""
        self.ensure_one()
        self.check_access('read')
        name = self.env._("Sample Patient")
        title, body = self._write_letter(name, self.env.lang)
        letter = {
            'address': [name, self.env._("1 Sample Street"), self.env._("100 Sample City")],
            'title': title,
            'body': body,
            'lang': self.env.lang,
            'date': format_date(self.env, fields.Date.context_today(self)),
        }
        return self._make_pdf([letter])

    def _check_may_print(self):
        self.check_access('read')
        if not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(
                self.env._(
                    "Letters have names and addresses on them: somebody at the desk prints them."
                )
            )
        if self.channel != 'letter':
            raise UserError(self.env._("This campaign is not by letter."))

    def _make_print_run(self):
        """Return a run with the next letters."""
        # one run after the other: no letter is printed twice
        self.lock_for_update()
        # whose address was found, or who agreed, since the last one
        self._choose_participants(only_known=True)
        self._enter_obstacles()
        patients = self._find_next_letters()
        if not patients:
            raise UserError(
                self.env._(
                    "All letters are printed. Who has no address on file waits in the ledger: add "
                    "the address and print again."
                )
            )
        run = self.env['healthcare.campaign.print'].create(
            {'campaign_id': self.id, 'number': len(self.print_ids) + 1, 'count': len(patients)}
        )
        run._enter_letters(patients)
        run._check_fits()
        return run

    def _find_next_letters(self):
        """Return the next patients to write to, sorted as the post likes it."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT patient.id
                  FROM healthcare_campaign_participant participant
                  JOIN res_partner patient ON patient.id = participant.patient_id
                  %(kept)s
                 WHERE participant.campaign_id = %(id)s AND participant.arm = 'addressed'
                   AND kept.obstacle IS NULL AND NOT %(is_written)s
              ORDER BY patient.country_id, patient.zip, patient.city, patient.id LIMIT %(limit)s
                """,
                id=self.id,
                kept=self._get_obstacle(),
                is_written=self._is_written(),
                limit=BATCH,
            )
        )
        return self.env['res.partner'].browse(id_ for (id_,) in rows)

    def _is_written(self):
        """Return the SQL of whether a letter of the campaign went to a ``patient``, also under
        another record that became one with theirs."""
        return SQL(
            """
            EXISTS (SELECT FROM healthcare_communication letter
                     WHERE letter.patient_id = patient.id AND letter.campaign_id = %s
                       AND letter.channel = 'letter' AND letter.status = 'sent')
            """,
            self.id,
        )

    def _get_letter_key(self):
        return f'campaign:{self.id}:letter:'

    def _enter_obstacles(self):
        """Enter who is not written to, and why; who has no address is on hold."""
        self._enter_letters(
            SQL(
                """
                SELECT patient.id,
                       CASE kept.obstacle WHEN 'no_address' THEN 'held' ELSE 'suppressed' END,
                       kept.obstacle, NULL::varchar, patient.lang
                  FROM healthcare_campaign_participant participant
                  JOIN res_partner patient ON patient.id = participant.patient_id
                  %(kept)s
                 WHERE participant.campaign_id = %(id)s
                   AND participant.arm IN ('addressed', 'unreached') AND kept.obstacle IS NOT NULL
                   AND NOT %(is_written)s
                """,
                id=self.id,
                kept=self._get_obstacle(),
                is_written=self._is_written(),
            )
        )

    def _enter_letters(self, rows, run=None):
        """Enter letters in the ledger, each once; return the ids of the entries.

        :param SQL rows: patient, status, reason, address, language
        """
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                INSERT INTO healthcare_communication (
                       patient_id, status, reason, address, lang, campaign_id, print_id, purpose_id,
                       channel, direction, idempotency_key, date, sent_at, consent_id, attempt,
                       create_uid, create_date, write_uid, write_date)
                SELECT entered.*, %(campaign)s, %(run)s, %(purpose)s, 'letter', 'out',
                       %(key)s || entered.patient_id, %(now)s,
                       CASE entered.status WHEN 'sent' THEN %(now)s::timestamp END,
                       (SELECT id FROM healthcare_consent consent
                         WHERE consent.patient_id = entered.patient_id
                           AND consent.purpose_id = %(purpose)s AND consent.channel = 'letter'
                      ORDER BY consent.date DESC, consent.id DESC LIMIT 1),
                       0, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (%(rows)s) AS entered (patient_id, status, reason, address, lang)
                    ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL
                    DO UPDATE SET status = excluded.status, reason = excluded.reason,
                                  address = excluded.address, print_id = excluded.print_id,
                                  sent_at = excluded.sent_at, date = excluded.date,
                                  consent_id = excluded.consent_id
                        WHERE healthcare_communication.status <> 'sent'
                          AND (healthcare_communication.status, healthcare_communication.reason)
                              IS DISTINCT FROM (excluded.status, excluded.reason)
             RETURNING id
                """,
                campaign=self.id,
                run=run and run.id or None,
                purpose=self.purpose_id.id,
                key=self._get_letter_key(),
                now=fields.Datetime.now(),
                uid=self.env.uid,
                rows=rows,
            )
        )
        self.env['healthcare.communication'].invalidate_model()
        self.env['res.partner'].invalidate_model(['communication_ids'])
        return [id_ for (id_,) in found]

    def _write_letter(self, name, lang):
        """Return heading and text of the letter to somebody."""
        campaign = self.with_context(lang=lang or self.env.lang)
        # replaced, not formatted: a brace in the text means a brace
        return [
            (text or '').replace('{name}', name)
            for text in (campaign.letter_title, campaign.letter_body)
        ]


class HealthcareCampaignPrint(models.Model):
    """Letters that were printed together. They are in the ledger, and printed again from there."""

    _name = 'healthcare.campaign.print'
    _description = "Print Run"
    _order = 'campaign_id, number desc'
    _rec_name = 'number'

    campaign_id = fields.Many2one(
        'healthcare.campaign', required=True, readonly=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='campaign_id.company_id', store=True, index=True)
    number = fields.Integer(string="Run", required=True, readonly=True)
    count = fields.Integer(string="Letters", readonly=True)
    communication_ids = fields.One2many(
        'healthcare.communication', 'print_id', string="Entries", groups=GROUP_STAFF
    )

    def action_print_again(self):
        """Print the same letters once more: the paper was torn."""
        self.ensure_one()
        self.campaign_id._check_may_print()
        printable = self._find_printable()
        left_out = len(self.communication_ids - printable)
        if not printable:
            raise UserError(self.env._("None of these patients may be written to any more."))
        action = self._get_print_action()
        if not left_out:
            return action
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'warning',
                'message': self.env._(
                    "Left out, because the patients may not be written to any more: %s.", left_out
                ),
                'next': action,
            },
        }

    def _get_print_action(self):
        return {
            'type': 'ir.actions.act_url',
            'url': f'/healthcare/campaign/print/{self.id}',
            'target': 'download',
        }

    def _enter_letters(self, patients):
        """Enter the letters of this run, each with its words."""
        self.ensure_one()
        campaign = self.campaign_id
        default = self.env.lang or 'en_US'
        rows = [
            (patient.id, patient._get_postal_address(), patient.lang or default)
            for patient in patients
        ]
        campaign._enter_letters(
            SQL(
                "SELECT letter.id, 'sent', NULL::varchar, letter.address, letter.lang "
                'FROM (VALUES %s) letter (id, address, lang)',
                SQL(', ').join(SQL('%s', row) for row in rows),
            ),
            self,
        )
        subjects, bodies = {}, {}
        for message in self.communication_ids:
            title, body = campaign._write_letter(message.patient_id.name, message.lang)
            subjects[message.id], bodies[message.id] = title, body
        messages = self.env['healthcare.communication']
        messages._seal_rows('subject', subjects)
        messages._seal_rows('body', bodies)

    def _check_fits(self):
        """Refuse a letter that takes more than its page, by the longest in each language.

        :raise UserError: one does
        """
        longest = {}
        for letter in self._get_letters():
            held = longest.get(letter['lang'])
            if not held or len(letter['address']) > len(held['address']):
                longest[letter['lang']] = letter
        for code, letter in longest.items():
            if len(PdfFileReader(io.BytesIO(self.campaign_id._make_pdf([letter]))).pages) > 1:
                raise UserError(
                    self.env._(
                        "The text is too long for one page (%s). Make it shorter.",
                        self.env['res.lang']._get_data(code=code).name or code,
                    )
                )

    def _find_printable(self):
        """Return the letters of this run, in the order in which they were printed, without those
        to patients who meanwhile died, withdrew, or are kept from being written to otherwise."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT letter.id
                  FROM healthcare_communication letter
                  JOIN res_partner patient ON patient.id = letter.patient_id
                  %s
                 WHERE letter.print_id = %s AND kept.obstacle IS NULL
                   -- who is being erased has no address any more
                   AND letter.address IS NOT NULL
                """,
                self.campaign_id._get_obstacle(),
                self.id,
            )
        )
        found = self.communication_ids.browse(id_ for (id_,) in rows)
        return (self.communication_ids & found).sorted('id')

    def _get_letters(self):
        """Return the letters from the ledger as they are printed."""
        return [
            {
                'address': message.address.split('\n'),
                'title': message.subject,
                'body': message.body,
                'lang': message.lang,
                'date': format_date(self.env, message.sent_at, lang_code=message.lang),
            }
            for message in self._find_printable()
        ]

    def _print(self):
        """Return the PDF of this run, for who may see names and addresses."""
        self.ensure_one()
        self.campaign_id._check_may_print()
        return self.campaign_id._make_pdf(self._get_letters())
