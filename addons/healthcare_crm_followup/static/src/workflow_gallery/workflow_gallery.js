import {Component, onWillStart, useEffect, useRef, useState} from "@odoo/owl";
import {user} from "@web/core/user";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {GalleryDetails} from "./gallery_details";
import {byCategory, search} from "./search";

/** The gallery of ready workflows: look for one, read it, add it. */
export class WorkflowGallery extends Component {
    static template = "healthcare_crm_followup.WorkflowGallery";
    static components = {GalleryDetails, Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = {controlPanel: {}};
        this.cards = useRef("cards");
        this.state = useState({
            query: "",
            category: "",
            channel: "",
            lang: "en_US",
            code: false,
            details: false,
            isAdding: false,
        });
        onWillStart(async () => {
            this.gallery = await this.orm.call("healthcare.workflow", "get_gallery", []);
            const lang = user.lang.replace("-", "_");
            this.state.lang = this.gallery.languages.includes(lang) ? lang : "en_US";
        });
        useEffect(
            (code) => {
                // whoever closes the side goes on where they were
                if (!code && this.lastCode) {
                    this.cards.el?.querySelector(`[data-code="${this.lastCode}"]`)?.focus();
                }
                this.lastCode = code;
            },
            () => [this.state.code],
        );
    }

    get found() {
        return search(this.gallery.items, this.state);
    }

    get groups() {
        return byCategory(this.found, this.gallery.categories);
    }

    get selected() {
        return this.gallery.items.find((item) => item.code === this.state.code);
    }

    channelLabel(code) {
        return Object.fromEntries(this.gallery.channels)[code];
    }

    async select(item) {
        Object.assign(this.state, {code: item.code, details: false});
        const details = await this.orm.call("healthcare.workflow", "get_gallery_details", [
            item.code,
        ]);
        // another one may have been chosen meanwhile
        if (this.state.code === item.code) {
            this.state.details = details;
        }
    }

    close() {
        Object.assign(this.state, {code: false, details: false});
    }

    showAll() {
        Object.assign(this.state, {query: "", category: "", channel: ""});
    }

    onKeydown(ev) {
        if (ev.key === "Escape" && this.state.code) {
            ev.stopPropagation();
            this.close();
        }
    }

    async add(item) {
        if (this.state.isAdding) {
            return;
        }
        this.state.isAdding = true;
        try {
            await this.open(
                await this.orm.call("healthcare.workflow", "add_from_gallery", [item.code]),
            );
        } finally {
            this.state.isAdding = false;
        }
    }

    /** Open a workflow on the canvas. */
    open(resId) {
        return this.action.doAction("healthcare_crm_followup.healthcare_workflow_action", {
            viewType: "form",
            props: {resId},
        });
    }
}

registry.category("actions").add("healthcare_workflow_gallery", WorkflowGallery);
