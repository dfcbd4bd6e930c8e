import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const done = (step) => `.o_healthcare_setup_step[data-step=${step}][data-state=done]`;
const form = (step) => `.o_healthcare_setup_form[data-step=${step}]`;
const next = (step) => ({trigger: `${form(step)} button[type=submit]:enabled`, run: "click"});

/** Fill in a time; an empty input of that type cannot be edited as others are. */
function setTime(trigger, time) {
    return {
        trigger,
        run: ({anchor}) => {
            anchor.value = time;
            anchor.dispatchEvent(new Event("change", {bubbles: true}));
        },
    };
}

registry.category("web_tour.tours").add("healthcare_setup_assistant", {
    // nothing but the address of Odoo: the assistant opens by itself
    url: "/odoo",
    steps: () => [
        {trigger: `${form("clinic")} input[name=name]`, run: "edit Lotus Clinic"},
        {trigger: "input[name=phone]", run: "edit +84 28 3823 0000"},
        {trigger: "input[name=city]", run: "edit Ho Chi Minh City"},
        {trigger: ".o_healthcare_setup_country input", run: "click"},
        {trigger: ".o_healthcare_setup_country input", run: "edit Vietnam"},
        {trigger: ".o_select_menu_item:contains(Vietnam)", run: "click"},
        {
            content: "A country mostly means a time zone",
            trigger: ".o_healthcare_setup_time_zone input:value(Asia/Ho Chi Minh)",
        },
        screenshot("setup-1-clinic", "input[name=name]"),
        next("clinic"),
        {trigger: `${done("clinic")}:contains(Lotus Clinic)`},
        setTime("tr[data-day='0'] td:nth-child(4) input:eq(0)", "18:00"),
        setTime("tr[data-day='0'] td:nth-child(4) input:eq(1)", "20:30"),
        {trigger: ".o_healthcare_setup_copy", run: "click"},
        {trigger: "tr[data-day='4'] td:nth-child(4) input:eq(1):value(20:30)"},
        setTime("#setup_quiet_from", "21:00"),
        setTime("#setup_quiet_to", "08:00"),
        screenshot("setup-2-hours", "tr[data-day='0']"),
        next("hours"),
        {trigger: done("hours")},
        {trigger: "[data-lang=zh_CN] button", run: "click"},
        {trigger: "[data-lang=zh_CN]:contains(In use)"},
        {trigger: "#setup_lang_vi_VN", run: "click"},
        screenshot("setup-3-languages", "[data-lang=zh_CN]"),
        next("languages"),
        {trigger: done("languages")},
        {trigger: ".o_healthcare_setup_check", run: "click"},
        {trigger: "[role=status]:contains(The mail server answers)"},
        screenshot("setup-4-channels", ".o_healthcare_setup_check"),
        next("channels"),
        {trigger: done("channels")},
        {trigger: "[data-code=reminder_24h] input:checked"},
        {trigger: "[data-code=reminder_24h] .o_healthcare_setup_reach:contains(30 days: 1)"},
        {trigger: "[data-code=satisfaction_survey] .o_healthcare_setup_reach"},
        screenshot("setup-5-workflows", "[data-code=reminder_24h]"),
        {trigger: ".o_healthcare_setup_all", run: "click"},
        {trigger: ".o_healthcare_setup_form li[data-code]:not([data-code=reminder_24h])"},
        next("workflows"),
        {trigger: `${done("workflows")}:contains(Running)`},
        {trigger: "[data-channel=email] button", run: "click"},
        {trigger: "[data-channel=email]:contains(Sent to boss@example.org)"},
        screenshot("setup-6-test", "[data-channel=email]"),
        {trigger: ".o_healthcare_setup_later", run: "click"},
        {trigger: ".o_healthcare_setup_step[data-step=test][data-state=skipped]"},
        screenshot("setup-7-overview", ".o_healthcare_setup_overview"),
        {trigger: ".o_healthcare_setup_finish", run: "click"},
        {trigger: ".o_breadcrumb:contains(Workflows)"},
    ],
});

registry.category("web_tour.tours").add("healthcare_setup_comes_back", {
    url: "/odoo",
    steps: () => [
        {content: "It opens by itself only once", trigger: ".o_main_navbar"},
        {trigger: "body:not(:has(.o_healthcare_setup)) .o_action_manager .o_control_panel"},
        {trigger: ".o_menu_sections [data-menu-xmlid$=configuration]", run: "click"},
        {trigger: ".o-dropdown-item:contains(/^Setup$/)", run: "click"},
        {content: "Where it was left", trigger: ".o_healthcare_setup_overview"},
        {trigger: ".o_healthcare_setup_step[data-step=hours]", run: "click"},
        {trigger: form("hours")},
    ],
});
