from odoo import SUPERUSER_ID, api, models, tools
from odoo.fields import Domain

from ..auditing.events import Event
from ..auditing.looks import Looks

# What Odoo itself keeps of a person. It counts when the person is a patient.
IDENTITY = frozenset(
    {
        'name',
        'complete_name',
        'display_name',
        'email',
        'email_normalized',
        'phone',
        'phone_sanitized',
        'street',
        'street2',
        'zip',
        'city',
        'vat',
        'comment',
        'image_1920',
        'message_ids',
    }
)
# Which of a record's contacts is the patient.
PATIENT_FIELDS = ('patient_id', 'other_id', 'kept_id', 'merged_id', 'partner_id')
# What hangs on any record, and so on those of patients: by which fields, and what it tells.
HANGING = {
    'mail.message': ('model', 'res_id', frozenset({'body', 'subject', 'preview'})),
    'ir.attachment': ('res_model', 'res_id', frozenset({'datas', 'raw', 'db_datas'})),
}
# What every list of patients or appointments is filtered by tells nothing of one of them.
TELLS_NOTHING = {'is_patient', 'is_appointment'}
# The actions of looks that a transaction may gather; all others are written at once.
GATHERED = {'read', 'search', 'group', 'create', 'update', 'delete'}


class HealthcareAudit(models.AbstractModel):
    """Where looks at patients' data, and changes of it, are recorded.

    What a transaction reads is gathered and written in a transaction of its own before anything
    leaves; if it cannot be written, nothing leaves. The hooks are in :file:`models/base.py`. They
    leave out what the software does as the superuser: whoever shows a person what was read so
    calls :meth:`_record`.
    """

    _name = 'healthcare.audit'
    _description = "Audit"

    @api.model
    def _record(self, action, model, patient_ids=(), fields=(), res_ids=(), detail='', purpose=''):
        """Record one look or change.

        :param str action: ``read``, ``search``, ``group``, ``export``, ``print``, ``create``,
            ``update``, ``delete``, ``reveal``, ``break_glass``, ``consent``, ``request``,
            ``erase``, ``disclose``, ``login`` or ``config``
        :param str model: the model looked at
        :param patient_ids: whom it is about
        :param fields: names of the fields, never their values
        :param res_ids: ids of the records of ``model``
        :raise AuditUnavailable: it cannot be recorded, so that nothing may be shown
        """
        event = self._make_event(action, model, fields, detail, purpose)
        looks = self._get_looks()
        # not those of records that are only being filled in
        res_ids = {id_ for id_ in res_ids if isinstance(id_, int)}
        patient_ids = {id_ for id_ in patient_ids if isinstance(id_, int)}
        if action in GATHERED:
            looks.add(event, res_ids, patient_ids)
            return
        if not patient_ids:
            patient_ids = self._get_patients(model, res_ids)
        looks.save_now(
            [event._replace(record_ids=tuple(sorted(res_ids)), patients=tuple(sorted(patient_ids)))]
        )

    @api.model
    def _record_of(self, action, records, fields=(), detail=''):
        """Record what was done with some records, unless none is about a patient.

        :param records: of any model
        """
        if not self._is_about_patients(records._name):
            return
        patients = self._get_patients(records._name, records._ids)
        if patients or records._name.startswith('healthcare.'):
            listed = self._get_listed(records._name).intersection(fields)
            self._record(action, records._name, patients, listed, records._ids, detail)

    @api.model
    def _record_shown(self, patients, detail):
        """Record that a screen shows what the software read of patients as the superuser.

        :param str detail: which screen
        """
        if patients:
            self._get_looks().add(
                self._make_event('read', 'res.partner', (), detail), patients._ids
            )

    @api.model
    def _record_file(self, record, name):
        """Record that a file of a record is handed out, if the record is a patient's."""
        if self._is_about_patients(record._name):
            self._get_looks().add(
                self._make_event('read', record._name, [name], detail='file'), record._ids
            )

    @api.model
    def _record_message(self, action, model, ids, detail=''):
        """Record that messages about records are read or written, if those are patients'.

        What nobody but the software does, such as sending what was planned, is left out.
        """
        if self.env.uid != SUPERUSER_ID and self._is_about_patients(model):
            event = self._make_event(action, model, ['message_ids'], detail)
            self._get_looks().add(event, [id_ for id_ in ids if id_])

    # ------------------------------------------------------------ the hooks call

    @api.model
    def _look(self, action, records, names):
        """Gather a look of the user at some records, if it is one at patients' data.

        :param records: of any model
        :param names: of the fields
        """
        listed = self._get_listed(records._name).intersection(names)
        if listed and (ids := [id_ for id_ in records._ids if id_]):
            self._get_looks().add(self._make_event(action, records._name, listed), ids)

    @api.model
    def _look_by(self, action, model, domain=(), order='', names=()):
        """Gather that the user searched, ordered or grouped by fields of patients.

        :param model: an empty recordset
        :param names: of fields, or paths of them such as ``patient_id.birth_date``
        """
        used = {}
        self._collect_domain(model, domain, used)
        for part in (order or '').split(','):
            if path := part.strip().partition(' ')[0]:
                self._collect_path(model, path, used)
        for name in names:
            self._collect_path(model, name, used)
        for name, found in used.items():
            if listed := self._get_listed(name).intersection(found) - TELLS_NOTHING:
                self._get_looks().add(self._make_event(action, name, listed), ())

    def _collect_domain(self, model, domain, used):
        for condition in Domain(domain).iter_conditions():
            comodel = self._collect_path(model, condition.field_expr, used)
            if comodel is not None and isinstance(condition.value, (Domain, list, tuple)):
                if 'any' in condition.operator:
                    self._collect_domain(comodel, condition.value, used)

    def _collect_path(self, model, path, used):
        """Note each field of a path by its model, and return the model it leads to."""
        for name in path.partition(':')[0].split('.'):
            field = model._fields.get(name) if model is not None else None
            if field is None:
                return None
            used.setdefault(model._name, set()).add(name)
            model = self.env[field.comodel_name] if field.relational else None
        return model

    # ------------------------------------------------------------ what is looked at

    @api.model
    @tools.ormcache('name')
    def _get_listed(self, name):
        """Return the fields of a model that say something of a patient."""
        if name in HANGING:
            return HANGING[name][2]
        listed = frozenset(self.env['healthcare.sensitive']._get_register().get(name, ()))
        if name == 'res.partner':
            return listed | IDENTITY
        return listed | {'display_name'} if name.startswith('healthcare.') and listed else listed

    @api.model
    def _is_about_patients(self, name):
        return bool(self._get_listed(name))

    @api.model
    def _get_models_about_patients(self):
        """Return the names of all models that hold data of patients."""
        return sorted(name for name in self.env.registry if self._is_about_patients(name))

    @api.model
    def _get_looks(self):
        is_loading = not self.env.registry.ready
        lang = self.env.context.get('lang')
        return Looks.of(self.env.cr, self._find_patients, lang, is_loading)

    @api.model
    def _make_event(self, action, model, fields=(), detail='', purpose=''):
        login, roles, company_id = self._get_who()
        return Event(
            user_id=self.env.uid,
            login=login,
            roles=roles,
            company_id=company_id,
            action=action,
            model=model,
            field_names=','.join(sorted(fields)),
            record_ids=(),
            patients=(),
            purpose=purpose or '',
            detail=detail or '',
        )

    def _get_who(self):
        """Return login, roles and clinic of the user, found out once in a transaction."""
        known = self._get_looks().who
        chosen = (self.env.context.get('allowed_company_ids') or [0])[0]
        key = (self.env.uid, chosen)
        if key not in known:
            user = self.env.user
            login, company_id = self._get_login(self.env.uid)
            if chosen in user._get_company_ids():
                company_id = chosen
            known[key] = (login, self._get_roles(user), company_id)
        return known[key]

    @api.model
    @tools.ormcache('uid')
    def _get_login(self, uid):
        """Return login and usual clinic of a user."""
        user = self.env['res.users'].sudo().browse(uid)
        return user.login, user.company_id.id

    def _get_roles(self, user):
        roles = self._get_role_names()
        return ','.join(sorted(roles[id_] for id_ in user._get_group_ids() if id_ in roles))

    @api.model
    @tools.ormcache()
    def _get_role_names(self):
        """Return the roles, and what else tells of a user's power, by the ids of their groups."""
        privilege = self.env.ref('healthcare_crm.res_groups_privilege_healthcare')
        groups = self.env['res.groups'].sudo().search([('privilege_id', '=', privilege.id)])
        for name in ('system', 'portal', 'public'):
            groups |= self.env.ref(f'base.group_{name}').sudo()
        names = groups._get_external_ids()
        return {
            id_: (names[id_] or [f'group_{id_}'])[0].partition('.')[2].removeprefix('group_')
            for id_ in groups.ids
        }

    @api.model
    def _get_role_labels(self):
        """Return what people call the roles that are recorded."""
        # sudo: the names of roles are no secret
        groups = self.env['res.groups'].sudo()
        return {name: groups.browse(id_).name for id_, name in self._get_role_names().items()}

    # ------------------------------------------------------------ whom it is about

    @api.model
    def _get_patients(self, model, ids):
        """Return the ids of all patients that some records are about."""
        ids = [id_ for id_ in ids if isinstance(id_, int)]
        if not ids or model not in self.env:
            return set()
        self.env[model].flush_model()
        about = self._find_patients(self.env.cr, model, ids)[0]
        return set().union(*about.values())

    @api.model
    def _find_patients(self, cr, model, ids):
        """Tell which patients some records are about.

        :param cr: any cursor of this database
        :return: ``({id: [patient id]}, whether the model holds nothing but patients' data)``
        """
        is_ours = model.startswith('healthcare.')
        query = self._get_patient_query(model)
        if not query or not ids:
            return {}, is_ours
        cr.execute(query, {'ids': list(ids)}, log_exceptions=False)
        found = {}
        for id_, patient in cr.fetchall():
            found.setdefault(id_, []).append(patient)
        return found, is_ours

    @api.model
    @tools.ormcache('model')
    def _get_patient_query(self, model):
        """Return the SQL that tells of records the patients they are about."""
        if model == 'res.partner':
            return "SELECT id, id FROM res_partner WHERE id = ANY(%(ids)s) AND is_patient"
        if model == 'healthcare.household':
            return """
                SELECT household_id, id FROM res_partner WHERE household_id = ANY(%(ids)s)
            """
        if model in HANGING:
            return self._get_hanging_query(model)
        return ' UNION '.join(
            f"""
                SELECT t0.id, {column} FROM {self.env[model]._table} t0 {joins}
                 WHERE t0.id = ANY(%(ids)s) AND {column} IS NOT NULL
            """
            for joins, column in self._get_patient_columns(model, 0, set())
        )

    def _get_hanging_query(self, model):
        """Return the SQL for what hangs on records of any model."""
        by_model, by_id, _names = HANGING[model]
        table = self.env[model]._table
        return ' UNION '.join(
            f"""
                SELECT own.id, {column} FROM {table} own
                  JOIN {self.env[of]._table} t0 ON t0.id = own.{by_id} {joins}
                 WHERE own.id = ANY(%(ids)s) AND own.{by_model} = '{of}' AND {column} IS NOT NULL
            """
            for of, joins, column in self._get_ways()
        )

    def _get_ways(self):
        yield 'res.partner', 'AND t0.is_patient', 't0.id'
        for of in self.env['healthcare.sensitive']._get_register():
            if of != 'res.partner' and of not in HANGING:
                for joins, column in self._get_patient_columns(of, 0, set()):
                    yield of, joins, column

    def _get_patient_columns(self, model, depth, seen):
        """Return ``(joins, column)`` for each way from a model to a patient."""
        Model = self.env.get(model)
        if Model is None or not Model._auto or Model._abstract or Model._transient:
            return []
        stored = {
            name: field
            for name, field in Model._fields.items()
            if field.type == 'many2one' and field.store and field.column_type
        }
        own = [
            ('', f't{depth}."{name}"')
            for name in PATIENT_FIELDS
            if name in stored and stored[name].comodel_name == 'res.partner'
        ]
        if own:
            return own
        for name, field in stored.items():
            beyond = field.comodel_name
            if not beyond.startswith('healthcare.') or beyond in seen or beyond == model:
                continue
            table = self.env[beyond]._table
            join = f'JOIN {table} t{depth + 1} ON t{depth + 1}.id = t{depth}."{name}"'
            ways = self._get_patient_columns(beyond, depth + 1, seen | {model})
            if ways:
                return [(f'{join} {joins}', column) for joins, column in ways]
        return []

    @api.model
    def _write_before_error(self):
        """Write what was gathered before an error is told to whoever looked.

        :raise AuditUnavailable: then that is all there is to tell
        """
        self._get_looks().save_apart()
