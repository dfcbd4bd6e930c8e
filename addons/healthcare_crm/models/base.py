from odoo import api, models


class Base(models.AbstractModel):
    """Whatever a user reads of patients, and however, is recorded. See ``healthcare.audit``.

    What the software does as the superuser is not: nobody sees it yet.
    """

    _inherit = 'base'

    def _fetch_query(self, query, fields):
        fetched = super()._fetch_query(query, fields)
        if not self.env.su:
            self.env['healthcare.audit']._look('read', fetched, [field.name for field in fields])
        return fetched

    def _read_format(self, fnames, load='_classic_read'):
        # what was in the cache already was not fetched
        if not self.env.su:
            self.env['healthcare.audit']._look('read', self, fnames)
        return super()._read_format(fnames, load=load)

    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        active_test=True,
        bypass_access=False,
    ):
        query = super()._search(
            domain,
            offset,
            limit,
            order,
            active_test=active_test,
            bypass_access=bypass_access,
        )
        if not self.env.su:
            # ordering as a model always does tells nothing
            given = order if order != self._order else ''
            self.env['healthcare.audit']._look_by('search', self, domain, given)
        return query

    def _read_group(
        self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None
    ):
        if not self.env.su:
            self.env['healthcare.audit']._look_by('group', self, names=[*groupby, *aggregates])
        return super()._read_group(
            domain, groupby, aggregates, having=having, offset=offset, limit=limit, order=order
        )

    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        if not self.env.su:
            names = [name for groupby in grouping_sets for name in groupby]
            self.env['healthcare.audit']._look_by('group', self, names=[*names, *aggregates])
        return super()._read_grouping_sets(domain, grouping_sets, aggregates, order)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self.env['healthcare.sensitive']._check_created(self._name, vals_list)
        records = super().create(vals_list)
        if not self.env.su:
            names = {name for vals in vals_list for name in vals}
            self.env['healthcare.audit']._look('create', records, names)
        return records

    def write(self, vals):
        if not self.env.su:
            self.env['healthcare.sensitive']._check_written(self._name, vals)
        done = super().write(vals)
        if not self.env.su:
            self.env['healthcare.audit']._look('update', self, vals)
        return done

    def unlink(self):
        if self.env.su or not self.env['healthcare.audit']._is_about_patients(self._name):
            return super().unlink()
        audit = self.env['healthcare.audit']
        # afterwards nobody can tell whom it was about
        audit._record_of('delete', self)
        return super().unlink()

    def copy_data(self, default=None):
        if not self.env.su:
            audit = self.env['healthcare.audit']
            audit._look('read', self, audit._get_listed(self._name))
        return super().copy_data(default)

    def export_data(self, fields_to_export):
        if not self.env.su:
            names = {path.partition('/')[0].partition(':')[0] for path in fields_to_export}
            self.env['healthcare.audit']._record_of('export', self, names)
        return super().export_data(fields_to_export)
