"""Lists on a tablet that is held upright: whom a row is about can be read."""

from odoo.tests import HttpCase, new_test_user, tagged

NAME = "Nguyễn Thị Thanh Phương Quỳnh Anh"
#: list -> the columns that say who
NAMES = {
    'res_partner_action_patient': ('name', 'practitioner_id', 'phone'),
    'healthcare_referral_action': ('patient_id', 'display_name'),
    'res_partner_action_referrer': ('name', 'phone'),
    'healthcare_referrer_entry_action': ('referrer_id', 'patient_id'),
}
CHECK = """
    const cells = [%s].flatMap((name) =>
        [...document.querySelectorAll(`.o_data_row .o_data_cell[name=${name}]`)]);
    const cut = cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1);
    if (cells.length && !cut.length) {
        console.log("test successful");
    } else {
        console.error(`${cells.length} names, cut: ${cut.map((cell) => cell.innerText)}`);
    }
"""


@tagged('post_install', '-at_install')
class TestNarrowLists(HttpCase):
    browser_size = '820x1180'

    def test_names_are_not_cut(self):
        desk = new_test_user(
            self.env, 'narrow', groups='healthcare_crm.group_reception', lang='en_US'
        )
        referrer, patient = self.env['res.partner'].create(
            [
                {'name': NAME, 'is_patient': True, 'phone': '+886 912 345 678'},
                {'name': f"A {NAME}", 'is_patient': True, 'phone': '+886 912 345 679'},
            ]
        )
        practitioner = self.env['healthcare.practitioner'].create({'name': f"Dr. {NAME}"})
        patient.write({'practitioner_id': practitioner.id, 'referrer_id': referrer.id})
        self.env['healthcare.referral'].create(
            {
                'patient_id': patient.id,
                'direction': 'incoming',
                'partner_id': referrer.id,
                'practitioner_id': practitioner.id,
            }
        )
        for action, names in NAMES.items():
            with self.subTest(action=action):
                self.browser_js(
                    f'/odoo/action-healthcare_crm.{action}?view_type=list',
                    CHECK % ', '.join(f'"{name}"' for name in names),
                    ready="Boolean(document.querySelector('.o_list_view .o_data_row'))",
                    login=desk.login,
                )
