import {Component, onMounted, onPatched, useRef} from "@odoo/owl";

/** One thing that a member can have: a big button, which asks once more when it is pressed. */
export class OfferButton extends Component {
    static template = "healthcare_crm_loyalty.OfferButton";
    static props = {
        offer: Object,
        isChosen: Boolean,
        isBusy: Boolean,
        who: String,
        choose: Function,
        confirm: Function,
        cancel: Function,
    };

    setup() {
        this.confirmButton = useRef("confirm");
        this.amount = useRef("amount");
        let wasChosen = false;
        const focusOnce = () => {
            if (this.props.isChosen && !wasChosen) {
                (this.amount.el || this.confirmButton.el)?.focus();
            }
            wasChosen = this.props.isChosen;
        };
        onMounted(focusOnce);
        onPatched(focusOnce);
    }

    confirm() {
        this.props.confirm(this.amount.el?.value);
    }
}
