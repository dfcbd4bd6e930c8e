import {registry} from "@web/core/registry";

import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

registry.category("web_tour.tours").add("healthcare_enquiries", {
    steps: () => [
        screenshot("enquiries-1-list", ".o_list_view .o_data_row:contains(Phạm Thị Lan)"),
        {
            content: "Somebody calls",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "New here or not is asked first",
            trigger: ".o_field_widget[name=returning] .o_radio_item:contains(New here) input",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=insured] .o_radio_item:contains(Insured) input",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=name] input",
            run: "edit Trần Văn Bình",
        },
        {
            trigger: ".o_field_widget[name=phone] input",
            run: "edit 0912 345 678",
        },
        {
            content: "Make a patient of it",
            trigger: "button[name=action_make_patient]",
            run: "click",
        },
        {
            content: "The patient is registered, and nothing was typed twice",
            trigger:
                ".o_form_view:contains(Trần Văn Bình) .o_field_widget[name=patient_number], .o_form_view:contains(Trần Văn Bình) .breadcrumb",
        },
        {
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
    ],
});

registry.category("web_tour.tours").add("healthcare_enquiry_known", {
    steps: () => [
        screenshot("enquiries-2-enquiry", ".o_form_view .o_field_widget[name=message]"),
        {
            trigger: "button[name=action_make_patient]",
            run: "click",
        },
        screenshot("enquiries-3-candidates", ".modal .o_data_row:contains(Same phone)"),
        {
            content: "It is this patient",
            trigger: ".modal .o_data_row button[name=action_use]",
            run: "click",
        },
        {
            content: "The appointment is filled in",
            trigger: ".o_form_view .o_field_widget[name=service_id] input:value(Check-up)",
        },
    ],
});
