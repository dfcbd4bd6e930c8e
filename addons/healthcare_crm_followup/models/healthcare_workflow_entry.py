from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import enroll, outlook
from ..engine.subjects import subject_of


class HealthcareWorkflow(models.Model):
    """Into and out of a workflow because somebody says so: a person, a server action."""

    _inherit = 'healthcare.workflow'

    def _get_audience(self, subject):
        """Return the domain of the subjects for whom it is meant, apart from its own conditions.

        :param subject: a :class:`~..engine.subjects.Subject`
        """
        return Domain.TRUE

    def _subject_ids_of(self, records):
        """Return the ids of the workflow's subjects that ``records`` are or, for a workflow about
        patients, whose they are.

        :raise UserError: no path leads from ``records`` to what the workflow is about
        """
        self.ensure_one()
        if records._name == self.subject_model:
            return records.ids
        if not self._is_about(records._name):
            raise UserError(
                self.env._(
                    '"%(workflow)s" is about %(subjects)s: %(records)s do not lead there.',
                    workflow=self.name,
                    subjects=self._get_subject_label(),
                    records=self.env['ir.model']._get(records._name).name,
                )
            )
        patient = subject_of(self.env, records._name).patient
        # sudo: whoever may act on a record need not be allowed to see whose it is
        return records.sudo()[patient].ids

    def _is_about(self, model):
        """Say whether records of ``model`` are, or lead to, what the workflow is about."""
        self.ensure_one()
        if model == self.subject_model:
            return True
        try:
            return self.subject_model == 'res.partner' and bool(subject_of(self.env, model))
        except KeyError:
            return False

    def _get_subject_label(self):
        """Return what the workflow is about, in the reader's language."""
        selection = self._fields['subject_model']._description_selection(self.env)
        return dict(selection).get(self.subject_model, self.subject_model)

    def _enroll(self, records, key):
        """Enroll ``records`` now; entry conditions and the re-entry rule hold.

        :param key: what makes it harmless to do the same again
        :return: how many were enrolled
        """
        subject_ids = self._subject_ids_of(records)
        # sudo: enrollments are written by the engine alone, and its conditions may look at what
        # this user may not see; the caller has checked who may enroll whom
        engine = self.sudo()
        engine.env.flush_all()
        enrolled = enroll.by_hand(engine.env, engine, subject_ids, fields.Datetime.now(), key)
        if enrolled:
            engine._entry_changed()
        return len(enrolled)

    def _is_open_to_hooks(self):
        """Say whether it runs and calls from outside start it."""
        self.ensure_one()
        triggers = self.version_id.graph['triggers'].values() if self.version_id else ()
        return self.state in ('published', 'paused') and any(
            trigger['kind'] == 'hook' for trigger in triggers
        )

    def _get_outlook(self, records):
        """Return what enrolling ``records`` would come to, see :func:`~..engine.outlook.of`."""
        # sudo: as above; only numbers leave this method
        engine = self.sudo()
        scene = enroll.scene_of(engine.env, engine.version_id, fields.Datetime.now())
        return outlook.of(scene, self._subject_ids_of(records))

    def _take_out(self, records):
        """End what ``records`` are under way in of this workflow; return how many that were."""
        # sudo: as above
        engine = self.sudo()
        enrollments = engine.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', 'in', self.ids), *self._under_way(records)]
        )
        enroll.leave(engine.env, dict.fromkeys(enrollments.ids, 'stopped'), fields.Datetime.now())
        if enrollments:
            engine._entry_changed()
        return len(enrollments)

    @api.model
    def _under_way(self, records):
        """Return the domain of the enrollments under way that ``records`` are concerned with: all
        of a patient's; for anything else, those about itself and about its patient."""
        domain = Domain('state', '=', 'active')
        if records._name == 'res.partner':
            return domain & Domain('patient_id', 'in', records.ids)
        about = Domain('subject_model', '=', records._name) & Domain(
            'subject_id', 'in', records.ids
        )
        # sudo: whoever may act on a record need not be allowed to see whose it is
        patients = records.sudo()[subject_of(self.env, records._name).patient]
        return domain & (
            about
            | Domain('subject_model', '=', 'res.partner') & Domain('subject_id', 'in', patients.ids)
        )

    def _entry_changed(self):
        self.env.invalidate_all()
        self._wake_crons()

    def _get_occasion(self):
        """Return a name of the transaction: what is done twice in it is done once."""
        data = self.env.cr.precommit.data
        return data.setdefault('healthcare_occasion', uuid4().hex)
