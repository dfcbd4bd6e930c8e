import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const tours = registry.category("web_tour.tours");
const block = (name) => `.o_hc_cell[data-block=${name}]`;

tours.add("healthcare_overview_practitioner", {
    steps: () => [
        {trigger: ".o_hc_alerts:contains(Penicillin)"},
        {trigger: `${block("conditions")}:contains(Asthma)`},
        screenshot("overview-1-practitioner", ".o_hc_alerts"),
        // far down the alerts are still there
        screenshot("overview-2-observations", `${block("observations")}:contains(Pain)`),
        {
            content: "The alerts stay in sight",
            trigger: ".o_hc_alerts:contains(Penicillin)",
            run: ({anchor}) => {
                const {top, bottom} = anchor.getBoundingClientRect();
                if (top < 0 || bottom > window.innerHeight) {
                    throw new Error("The alerts were scrolled away");
                }
            },
        },
        // another allergy: the bar follows
        {trigger: ".o_hc_add_allergy", run: "click"},
        {trigger: ".modal div[name=name] input", run: "edit Latex"},
        {trigger: ".modal .o_form_button_save", run: "click"},
        {trigger: "body:not(:has(.modal)) .o_hc_chip:contains(Latex)"},
    ],
});

tours.add("healthcare_overview_reception", {
    steps: () => [
        {trigger: ".o_hc_alerts:contains(Fear of needles):not(:contains(Penicillin))"},
        {trigger: `${block("contact")}:contains(912345678)`},
        {trigger: `body:not(:has(${block("conditions")}))`},
        screenshot("overview-3-reception", ".o_hc_alerts"),
        {trigger: `${block("coverage")} .o_hc_add`, run: "click"},
        {trigger: ".modal .o_form_view"},
        {trigger: ".modal .o_form_button_cancel", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

tours.add("healthcare_overview_retry", {
    steps: () => [
        {trigger: `${block("coverage")} [role=alert]:contains(could not be loaded)`},
        // the others are none the worse
        {trigger: `${block("contact")} .o_hc_add`},
        {trigger: `${block("coverage")} .o_hc_retry`, run: "click"},
        {trigger: `${block("coverage")}:contains(Gold plan)`},
    ],
});
